import FirmwareFormats

/// The checksums of a file whose bytes come once, from the first to the last.
///
/// How many MD5 lines a tar.md5 ends with is known only at its end, so the last bytes are held back until then:
/// ```
///  0                               size − 8 KiB        size
///  | digested as they come         | lines among these |
/// ```
struct RunningChecksums: ~Copyable {
  /// Of all bytes so far.
  private(set) var crc32: UInt32 = 0
  private var digest = MessageDigest(.md5)
  private let hasLines: Bool
  private let tailStart: UInt64
  private var tail: [UInt8] = []
  private var offset: UInt64 = 0

  /// - Parameters:
  ///   - size: of the file, in bytes.
  ///   - hasLines: whether it may end with MD5 lines.
  init(size: UInt64, hasLines: Bool) {
    tailStart = size - min(size, TarChecksum.tailSize)
    self.hasLines = hasLines
  }

  mutating func update(_ bytes: RawSpan) {
    crc32 = CRC32.update(crc32, with: bytes)
    defer { offset += UInt64(bytes.byteCount) }
    guard hasLines else { return }
    let early = offset < tailStart ? Int(min(UInt64(bytes.byteCount), tailStart - offset)) : 0
    digest.update(bytes.extracting(first: early))
    let late = bytes.extracting(droppingFirst: early)
    for index in 0..<late.byteCount {
      tail.append(unsafe late.unsafeLoad(fromByteOffset: index, as: UInt8.self))
    }
  }

  /// Where the MD5 lines at the file's end begin, in bytes, and where those that are wrong do; to be called once, after
  /// all bytes.
  mutating func finishLines() -> (all: [UInt64], wrong: [UInt64]) {
    let tail = tail
    let lines = TarChecksum(tail: tail, at: tailStart).lines
    var done = 0
    var wrong: [UInt64] = []
    for line in lines {
      let end = Int(line.offset - tailStart)
      unsafe digest.update(tail.span.bytes.extracting(done..<end))
      done = end
      if digest.copy().finish() != line.md5 { wrong.append(line.offset) }
    }
    return (lines.map(\.offset), wrong)
  }
}
