import FirmwareFormats
import Primitives

/// The CRC-32 of each piece of a block, so that a small read need not read and check all of it.
///
/// ```
///  block  0      4 KiB    8 KiB                 256 KiB
///         ├─ CRC ─┼─ CRC ──┼─ CRC ──┼─ … ─┼─ CRC ─┤
///                     [read]                            touches one piece or two
/// ```
/// In the file they stand one after the other, the lowest byte first, and behind them the CRC-32 of all: pieces that were
/// not read yet are compared by it with what is fetched later.
struct PieceChecksums: Equatable {
  static let pieceSize = 4 << 10
  private static let limit = BlockGrid.blockSize / pieceSize
  private static let width = MemoryLayout<UInt32>.size

  /// As a row of the file begins: each is decoded only when it is asked for, since a group has thousands.
  private var row: [UInt8]

  /// Of all of a block, 256 KiB at most.
  init(of block: RawSpan) {
    var row: [UInt8] = []
    row.reserveCapacity(Self.limit * Self.width)
    for start in stride(from: 0, to: block.byteCount, by: Self.pieceSize) {
      let end = min(start + Self.pieceSize, block.byteCount)
      row.append(littleEndian: CRC32.update(0, with: block.extracting(start..<end)))
    }
    self.row = row
  }

  /// Those that a row of the file holds; if it is damaged, none, which agree with no bytes.
  init(stored: consuming [UInt8]) {
    row = []
    guard stored.count % Self.width == 0, (2...Self.limit + 1).contains(stored.count / Self.width) else {
      return
    }
    let storedDigest = stored.span.littleEndian(UInt32.self, at: stored.count - Self.width)
    stored.removeLast(Self.width)
    row = stored
    if digest != storedDigest { row = [] }
  }

  /// The row that the file is to hold.
  var stored: [UInt8] {
    var stored = row
    stored.append(littleEndian: digest)
    return stored
  }

  /// One checksum of all of them.
  var digest: UInt32 { unsafe CRC32.update(0, with: row.span.bytes) }

  /// Whether the first of them are these.
  func begin(with others: PieceChecksums) -> Bool { row.starts(with: others.row) }

  /// Of the piece with this number; nil if the block has fewer.
  private subscript(index: Int) -> UInt32? {
    guard index < row.count / Self.width else { return nil }
    return row.span.littleEndian(UInt32.self, at: index * Self.width)
  }

  /// The pieces that hold these bytes of a block of `count`, as bytes of it.
  static func pieces(covering range: Range<Int>, of count: Int) -> Range<Int> {
    let end = (range.upperBound + pieceSize - 1) / pieceSize * pieceSize
    return range.lowerBound / pieceSize * pieceSize..<min(end, count)
  }

  /// Whether these bytes, whole pieces that begin at `start`, are what they were.
  func agree(with bytes: RawSpan, from start: Int) -> Bool {
    stride(from: 0, to: bytes.byteCount, by: Self.pieceSize).allSatisfy { offset in
      let piece = bytes.extracting(offset..<min(offset + Self.pieceSize, bytes.byteCount))
      return CRC32.update(0, with: piece) == self[(start + offset) / Self.pieceSize]
    }
  }
}
