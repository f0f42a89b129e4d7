import FUSFSCore
import Primitives

/// What `fusfs verify` found of a file, or of all below a directory. Its JSON form is this type's.
struct Verification: Sendable, Equatable, Encodable {
  let path: String
  /// Of all files together: that of the worst.
  let outcome: FileCheck.Outcome
  let files: [FileCheck]

  init(of path: String, _ files: [FileCheck]) {
    self.path = path
    self.files = files
    outcome =
      [.wrong, .unread, .right].first { outcome in files.contains { $0.outcome == outcome } } ?? .unchecked
  }

  /// The result for programs: one JSON object, its keys sorted, ended by a line feed.
  func json() throws(Failure) -> String {
    guard let bytes = try? JSON.encoded(self) else {
      throw Failure(.local, "The result could not be written as JSON.")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The last line for a person, after those of the files: `12 right, 1 wrong; 40 have no checksum.`
  var summary: String {
    let counted = [FileCheck.Outcome.right, .wrong, .unread].compactMap { outcome in
      let count = files.count { $0.outcome == outcome }
      return count == 0 ? nil : "\(count) \(outcome.rawValue)"
    }
    let others = files.count { $0.outcome == .unchecked }
    let rest =
      others == 0
      ? "" : "; \(others) \(others == 1 ? "has" : "have") no checksum of \(others == 1 ? "its" : "their") own"
    return counted.joined(separator: ", ") + rest + ".\n"
  }
}
