package import Primitives

/// The lines of a `tar.md5` file: each the MD5 of all bytes before it, as `md5sum` writes it.
///
/// ```
///  0                                              size
///  +-------------------------+---------------------+
///  | tar archive, with zeros | 32 digits␣␣NAME\n   |   once or several times
///  | at its end              | 32 digits␣*NAME\r\n |
///  +-------------------------+---------------------+
/// ```
package struct TarChecksum: Sendable, Equatable {
  package struct Line: Sendable, Equatable {
    /// 16 bytes, of all bytes before `offset`.
    package let md5: [UInt8]
    package let name: String
    /// Of the line's first digit, from the file's beginning.
    package let offset: UInt64
  }

  /// As they stand in the file; none where it does not end in such a line.
  package let lines: [Line]

  /// Of files that may end with such lines.
  package static let nameSuffix = ".tar.md5"
  /// Bytes at a file's end in which lines are looked for.
  package static let tailSize: UInt64 = 8192
  static let mostLines = 16

  /// What is wrong where a line that begins after so many bytes is.
  package static func words(forWrongLineAfter bytes: UInt64) -> String {
    "the MD5 of its first \(bytes) bytes is not the one in the line after them"
  }

  /// Reads the last 8 KiB of a file.
  package static func read(from source: some RandomReadable) async throws(Failure) -> TarChecksum {
    let count = min(source.size, tailSize)
    let start = source.size - count
    return TarChecksum(tail: try await source.bytes(at: start, count: Int(count)), at: start)
  }

  /// The lines at the end of a file's last bytes, which begin at `start`.
  package init(tail: [UInt8], at start: UInt64) {
    var lines: [Line] = []
    var rest = tail[...]
    while lines.count < Self.mostLines, rest.last == UInt8(ascii: "\n"),
      let line = Self.lastLine(of: rest.dropLast(), at: start)
    {
      lines.append(line)
      rest = rest[..<Int(line.offset - start)]
    }
    self.lines = lines.reversed()
  }

  /// The line at the end of `bytes`, whose line feed is taken off already. It begins where the line or the zeros before
  /// it end.
  private static func lastLine(of bytes: ArraySlice<UInt8>, at start: UInt64) -> Line? {
    let bytes = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
    let begin = (bytes.lastIndex { $0 < 0x20 }).map { $0 + 1 } ?? 0
    // What begins before the tail is no line, but for a file that begins there too.
    guard begin > 0 || start == 0 else { return nil }
    let line = bytes[begin...]
    guard line.count > 34, let md5 = hexadecimal(line.prefix(32)),
      let name = EntryName.line(line.dropFirst(34))
    else { return nil }
    let separator = line.dropFirst(32).prefix(2)
    guard separator.elementsEqual("  ".utf8) || separator.elementsEqual(" *".utf8) else { return nil }
    return Line(md5: md5, name: name, offset: start + UInt64(begin))
  }

  private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in digits {
      guard let value = Character(UnicodeScalar(digit)).hexDigitValue.map(UInt8.init) else { return nil }
      if let half = high {
        bytes.append(half << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return bytes
  }
}
