import FirmwareFormats
import Primitives

/// The CRC-32 of each piece of blocks that were found right as a whole, so that a small read need not read and check all
/// of a block. Pure.
///
/// ```
///  block  0      16 KiB   32 KiB                256 KiB
///         ├─ CRC ─┼─ CRC ──┼─ CRC ──┼─ … ─┼─ CRC ─┤
///                     [read]                            touches one piece or two
/// ```
struct PieceChecksums {
  static let pieceSize = 16 << 10
  /// Bytes up to which a read counts as small.
  static let longestRead = 32 << 10
  /// After so many small reads a block is had as a whole, which later ones find in memory.
  private static let patience: UInt8 = 16
  /// Blocks that are known at most: some 10 MiB.
  private static let limit = 1 << 16

  /// Of 16 pieces, in order; of a shorter block the last are unused.
  typealias Sums = [16 of UInt32]

  private struct Known {
    let sums: Sums
    var uses: UInt8 = 0
  }

  private var known: [Int64: Known] = [:]

  func contains(_ key: Int64) -> Bool { known[key] != nil }

  /// Notes the pieces of a block that is right.
  mutating func insert(_ sums: Sums, of key: Int64) {
    if known.count >= Self.limit { known = [:] }
    known[key] = Known(sums: sums)
  }

  mutating func remove(_ key: Int64) { known[key] = nil }

  /// What a small read of the block is checked with; nil where all of the block is to be had.
  mutating func use(_ key: Int64) -> Sums? {
    guard let index = known.index(forKey: key) else { return nil }
    known.values[index].uses += 1
    guard known.values[index].uses <= Self.patience else {
      known.values[index].uses = 0
      return nil
    }
    return known.values[index].sums
  }

  /// The pieces that hold these bytes of a block of `count`, as bytes of it.
  static func pieces(covering range: Range<Int>, of count: Int) -> Range<Int> {
    let end = (range.upperBound + pieceSize - 1) / pieceSize * pieceSize
    return range.lowerBound / pieceSize * pieceSize..<min(end, count)
  }

  /// Of all of a block, 256 KiB at most.
  static func sums(of block: RawSpan) -> Sums {
    Sums { index in
      let start = min(index * pieceSize, block.byteCount)
      return CRC32.update(0, with: block.extracting(start..<min(start + pieceSize, block.byteCount)))
    }
  }

  /// Whether these bytes, whole pieces that begin at `start`, are what they were.
  static func agree(_ sums: Sums, with bytes: RawSpan, from start: Int) -> Bool {
    stride(from: 0, to: bytes.byteCount, by: pieceSize).allSatisfy { offset in
      let piece = bytes.extracting(offset..<min(offset + pieceSize, bytes.byteCount))
      return CRC32.update(0, with: piece) == sums[(start + offset) / pieceSize]
    }
  }
}
