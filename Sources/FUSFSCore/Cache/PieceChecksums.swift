import FirmwareFormats
import Primitives

/// The CRC-32 of each piece of a block, so that a small read need not read and check all of it.
///
/// ```
///  block  0      4 KiB    8 KiB                 256 KiB
///         ├─ CRC ─┼─ CRC ──┼─ CRC ──┼─ … ─┼─ CRC ─┤
///                     [read]                            touches one piece or two
/// ```
/// In the file they stand one after the other, the lowest byte first.
struct PieceChecksums: Equatable {
  static let pieceSize = 4 << 10
  private static let limit = BlockGrid.blockSize / pieceSize

  private let sums: [UInt32]

  /// Of all of a block, 256 KiB at most.
  init(of block: RawSpan) {
    sums = stride(from: 0, to: block.byteCount, by: Self.pieceSize).map { start in
      CRC32.update(0, with: block.extracting(start..<min(start + Self.pieceSize, block.byteCount)))
    }
  }

  /// Those that a row of the file holds; nil if that cannot be.
  init?(row: [UInt8]) {
    let width = MemoryLayout<UInt32>.size
    guard row.count % width == 0, (1...Self.limit).contains(row.count / width) else { return nil }
    sums = stride(from: 0, to: row.count, by: width).map { row.span.littleEndian(UInt32.self, at: $0) }
  }

  /// As a row of the file holds them.
  var row: [UInt8] { sums.reduce(into: []) { $0.append(littleEndian: $1) } }

  /// The pieces that hold these bytes of a block of `count`, as bytes of it.
  static func pieces(covering range: Range<Int>, of count: Int) -> Range<Int> {
    let end = (range.upperBound + pieceSize - 1) / pieceSize * pieceSize
    return range.lowerBound / pieceSize * pieceSize..<min(end, count)
  }

  /// Whether these bytes, whole pieces that begin at `start`, are what they were.
  func agree(with bytes: RawSpan, from start: Int) -> Bool {
    stride(from: 0, to: bytes.byteCount, by: Self.pieceSize).allSatisfy { offset in
      let index = (start + offset) / Self.pieceSize
      guard index < sums.count else { return false }
      let piece = bytes.extracting(offset..<min(offset + Self.pieceSize, bytes.byteCount))
      return CRC32.update(0, with: piece) == sums[index]
    }
  }
}
