/// What an extension header of the pax format says of an entry, in place of the entry's own header.
///
/// ```
///  "27 path=DIRECTORY/NAME.img\n"   one record after the other, in decimal the bytes of each, the number included
/// ```
/// An empty value takes back what a header before it said.
struct PaxRecords: Sendable, Equatable {
  var path: [UInt8]?
  /// Bytes of the content in the archive.
  var size: UInt64?
  /// Seconds since 1970-01-01, fractions rounded down.
  var modified: Int64?
  /// The content is a sparse file's without its holes.
  var isSparse = false

  /// Takes over all records of one extension header; what is wrong with them, or nil.
  mutating func apply(_ content: [UInt8]) -> String? {
    var rest = content[...]
    // Some programs fill up with NULs.
    while let first = rest.first, first != 0 {
      guard let blank = rest.prefix(21).firstIndex(of: UInt8(ascii: " ")),
        let length = Self.decimal(rest[..<blank]), length > UInt64(blank - rest.startIndex),
        length <= UInt64(rest.count)
      else { return "one of its records has no valid length" }
      let end = rest.startIndex + Int(length)
      let record = rest[(blank + 1)..<end]
      guard record.last == UInt8(ascii: "\n"), let sign = record.firstIndex(of: UInt8(ascii: "=")) else {
        return "one of its records is no key and value"
      }
      if let fault = apply(record[..<sign], record[(sign + 1)...].dropLast()) { return fault }
      rest = rest[end...]
    }
    return nil
  }

  private mutating func apply(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> String? {
    if key.elementsEqual("path".utf8) {
      path = value.isEmpty ? nil : Array(value)
    } else if key.elementsEqual("size".utf8) {
      size = Self.decimal(value)
      if size == nil, !value.isEmpty { return "the size in it is no number that can be" }
    } else if key.elementsEqual("mtime".utf8) {
      modified = Self.seconds(value)
    } else if key.starts(with: "GNU.sparse.".utf8) {
      isSparse = true
    }
    return nil
  }

  /// Nil for what is no number or exceeds 64 bits.
  private static func decimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
    guard !digits.isEmpty, digits.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else {
      return nil
    }
    return UInt64(String(decoding: digits, as: UTF8.self))
  }

  /// A time as `-12.5`; nil for what is none.
  private static func seconds(_ text: ArraySlice<UInt8>) -> Int64? {
    let isNegative = text.first == UInt8(ascii: "-")
    let parts = text.dropFirst(isNegative ? 1 : 0).split(
      separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first.flatMap(decimal).flatMap({ Int64(exactly: $0) }) else { return nil }
    let hasFraction = parts.count > 1 && parts[1].contains { $0 != UInt8(ascii: "0") }
    return isNegative ? -whole - (hasFraction ? 1 : 0) : whole
  }
}
