/// What `fusfs verify` found of a file. Its JSON form is this type's.
struct FileCheck: Sendable, Equatable, Encodable {
  enum Outcome: String, Sendable, Encodable {
    case right, wrong
    /// It could not be read, so nothing is known.
    case unread
    /// It has no checksum.
    case unchecked
  }

  /// A checksum that a file has.
  enum Checksum: String, Sendable, Encodable {
    /// The package's, as the server states it, or a member's, as the ZIP directory states it.
    case crc32 = "CRC-32"
    /// The lines at the end of a tar.md5.
    case md5 = "MD5"
    /// Those in an LZ4 file, as far as it has any.
    case lz4 = "LZ4"
  }

  var path: String
  var outcome: Outcome
  /// What it was checked with, or would have been.
  var checksums: [Checksum] = []
  /// What is wrong, in a sentence.
  var problem: String?
}

extension FileCheck {
  /// A line for a person: `right   AP_….tar.md5 (CRC-32, MD5)`.
  var words: String {
    let checked = checksums.isEmpty ? "" : " (\(checksums.map(\.rawValue).joined(separator: ", ")))"
    let outcome = outcome.rawValue + String(repeating: " ", count: 6 - min(6, outcome.rawValue.count))
    return "\(outcome)  \(printablePath(path))\(checked)\(problem.map { ": \(printable($0))" } ?? "")\n"
  }
}
