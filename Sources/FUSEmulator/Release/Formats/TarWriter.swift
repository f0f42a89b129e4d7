/// Writes a tar archive and, behind its end, the line with its MD5 as Odin expects it.
///
///     [header 512] content, zeros to 512     an entry
///     …
///     zeros 1024, zeros to 10240             the archive's end
///     "<32 hex>  <name>.tar\n"               MD5 of all before it
///
/// A header:
///
///       0 name 100   100 mode 8   108 uid 8   116 gid 8   124 size 12   136 mtime 12   148 checksum 8
///     156 type 1     157 link 100 257 magic and version 8 265 owner 32  297 group 32   329 device 16  345 prefix 155
///
/// A name over 100 bytes is the content of an entry of type `L` before its own (GNU).
final class TarWriter: ByteSink {
  enum Dialect {
    case ustar
    case gnu

    fileprivate var magic: [UInt8] {
      switch self {
      case .ustar: Array("ustar\u{0}00".utf8)
      case .gnu: Array("ustar  \u{0}".utf8)
      }
    }
  }

  private let next: any ByteSink
  private let dialect: Dialect
  private let time: Int
  private let md5: Digest
  private var size = 0

  private static let block = 512
  private static let record = 20 * block

  /// `time` is every entry's, in seconds since 1970.
  init(dialect: Dialect, time: Int, next: any ByteSink) {
    self.next = next
    self.dialect = dialect
    self.time = time
    md5 = Digest(.md5)
  }

  /// Writes a file whose content `source` holds.
  func addFile(name: String, source: any ByteSource) throws(ReleaseFault) {
    try writeHeader(name: name, type: "0", mode: 0o644, size: source.size)
    try source.copy(to: self)
    try pad(to: Self.block)
  }

  /// Writes a directory; its name ends with `/`.
  func addDirectory(name: String) throws(ReleaseFault) {
    try writeHeader(name: name, type: "5", mode: 0o755, size: 0)
  }

  /// Ends the archive and adds the MD5 line with the archive's `name`.
  func finish(name: String) throws(ReleaseFault) {
    try writeZeros(2 * Self.block)
    try pad(to: Self.record)
    try next.write(Array("\(md5.finish().hexadecimal)  \(name)\n".utf8))
  }

  /// Passes a part of an entry on.
  func write(_ bytes: Span<UInt8>) throws(ReleaseFault) {
    size += bytes.count
    md5.update(bytes)
    try next.write(bytes)
  }

  private func pad(to unit: Int) throws(ReleaseFault) {
    try writeZeros(size.roundedUp(to: unit) - size)
  }

  private func writeHeader(name: String, type: Unicode.Scalar, mode: Int, size: Int) throws(ReleaseFault) {
    let bytes = Array(name.utf8)
    if bytes.count > 100 {
      precondition(dialect == .gnu, "only GNU tar holds long names this way")
      try write(header(name: "././@LongLink", type: "L", mode: 0o644, size: bytes.count + 1))
      try write(bytes + [0])
      try pad(to: Self.block)
    }
    try write(header(name: name, type: type, mode: mode, size: size))
  }

  private func header(name: String, type: Unicode.Scalar, mode: Int, size: Int) -> [UInt8] {
    var header: [UInt8] = []
    header.append(text: name, count: 100)
    header += octal(mode, width: 8) + octal(0, width: 8) + octal(0, width: 8)
    header += number(size) + octal(time, width: 12)
    header.append(text: "        ", count: 8)
    header.append(UInt8(ascii: type))
    header.append(text: "", count: 100)
    header += dialect.magic
    header.append(text: "root", count: 32)
    header.append(text: "root", count: 32)
    header.append(text: "", count: Self.block - header.count)
    // The sum of all bytes, the checksum's own counted as spaces: six digits, NUL, space.
    let sum = header.reduce(0) { $0 + Int($1) }
    header.replaceSubrange(148..<156, with: octal(sum, width: 7) + [UInt8(ascii: " ")])
    return header
  }

  /// Octal digits with leading zeros and a NUL at the end.
  private func octal(_ value: Int, width: Int) -> [UInt8] {
    let digits = Array(String(value, radix: 8).utf8)
    precondition(digits.count < width, "too large for its field")
    return [UInt8](repeating: UInt8(ascii: "0"), count: width - 1 - digits.count) + digits + [0]
  }

  /// A size in its twelve bytes: octal, or from 8 GiB on binary with the top bit set, as GNU tar writes it.
  private func number(_ value: Int) -> [UInt8] {
    guard value >= 1 << 33 else { return octal(value, width: 12) }
    return [0x80, 0, 0, 0] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
