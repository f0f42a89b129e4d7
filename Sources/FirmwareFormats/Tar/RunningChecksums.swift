import Primitives

/// The checksums of a file whose bytes come from the first to the last, nearly in order.
///
/// How many MD5 lines a tar.md5 ends with is known only at its end, so the last bytes are held back until then:
/// ```
///  0                                               size − 8 KiB        size
///  | digested      ^ position   [held]             | lines among these |
/// ```
/// A piece that comes before those it follows is held until it is its turn, as reads of the kernel overtake one another.
/// Where it lies too far ahead it is passed over, and must come again.
package struct RunningChecksums: ~Copyable {
  /// Of all bytes before `position`.
  package private(set) var crc32: UInt32 = 0
  /// Bytes from the file's beginning that were taken.
  package private(set) var position: UInt64 = 0

  private let size: UInt64
  private let hasLines: Bool
  private let tailStart: UInt64
  private var digest = MessageDigest(.md5)
  private var tail: [UInt8] = []
  private var early: [UInt64: [UInt8]] = [:]
  private var earlyBytes = 0

  static let mostEarlyPieces = 32
  static let mostEarlyBytes = 4 << 20

  /// - Parameters:
  ///   - size: of the file, in bytes.
  ///   - hasLines: whether it may end with MD5 lines.
  package init(size: UInt64, hasLines: Bool) {
    self.size = size
    self.hasLines = hasLines
    tailStart = size - min(size, TarChecksum.tailSize)
  }

  package var isComplete: Bool { position == size }

  /// Takes a piece of the file: what of it is new, as soon as all before it has come.
  package mutating func update(_ bytes: RawSpan, at offset: UInt64) {
    guard offset <= position else { return hold(bytes, at: offset) }
    take(bytes, at: offset)
    while let next = early.keys.first(where: { $0 <= position }), let piece = early.removeValue(forKey: next)
    {
      earlyBytes -= piece.count
      unsafe take(piece.span.bytes, at: next)
    }
  }

  private mutating func hold(_ bytes: RawSpan, at offset: UInt64) {
    guard offset - position <= UInt64(Self.mostEarlyBytes), early.count < Self.mostEarlyPieces,
      bytes.byteCount <= Self.mostEarlyBytes - earlyBytes,
      early[offset] == nil
    else { return }
    early[offset] = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    earlyBytes += bytes.byteCount
  }

  private mutating func take(_ bytes: RawSpan, at offset: UInt64) {
    let known = position - offset
    guard known < bytes.byteCount else { return }
    let new = bytes.extracting(droppingFirst: Int(known))
    crc32 = CRC32.update(crc32, with: new)
    defer { position += UInt64(new.byteCount) }
    guard hasLines else { return }
    let count = position < tailStart ? Int(min(UInt64(new.byteCount), tailStart - position)) : 0
    digest.update(new.extracting(first: count))
    unsafe new.extracting(droppingFirst: count).withUnsafeBytes { unsafe tail.append(contentsOf: $0) }
  }

  /// Where the MD5 lines at the file's end begin, in bytes, and where those that are wrong do; to be called once, after
  /// all bytes.
  package mutating func finishLines() -> (all: [UInt64], wrong: [UInt64]) {
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
