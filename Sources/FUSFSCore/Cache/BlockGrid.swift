/// How a binary of a given size is cut into the blocks that are fetched and cached.
///
/// ```
/// 0        256 KiB   512 KiB                 size
/// ├─ block 0 ─┼─ block 1 ─┼─ … ─┼─ last: short ─┤
/// ```
/// A block is 256 KiB: a random read of 128 KiB touches 1.5 blocks on average and so fetches 3 times what it asked
/// for, where 512 KiB would fetch 5 times; with 128 KiB there would be twice as many rows and requests.
package struct BlockGrid: Sendable, Hashable {
  /// Bytes in every block but the last.
  package static let blockSize = 256 << 10
  /// A cached block's key has 20 bits for its index, which is enough for 256 GiB.
  static let indexBits = 20

  /// Bytes in the binary.
  package let size: UInt64
  /// Blocks in the binary.
  package let count: UInt32

  /// The grid of a binary of `size` bytes; nil over 256 GiB.
  package init?(size: UInt64) {
    let block = UInt64(Self.blockSize)
    let whole = size / block
    let count = size % block == 0 ? whole : whole + 1
    guard count <= 1 << Self.indexBits else { return nil }
    self.size = size
    self.count = UInt32(count)
  }

  /// The bytes of the binary that a block holds; nil for an index beyond the last block.
  package func bytes(of index: UInt32) -> Range<UInt64>? {
    guard index < count else { return nil }
    let start = UInt64(index) * UInt64(Self.blockSize)
    return start..<min(start + UInt64(Self.blockSize), size)
  }

  /// The bytes that these blocks of the grid hold together.
  func bytes(ofBlocks blocks: Range<UInt32>) -> Range<UInt64> {
    let block = UInt64(Self.blockSize)
    return UInt64(blocks.lowerBound) * block..<min(UInt64(blocks.upperBound) * block, size)
  }

  /// The bytes that a block of the grid holds; see `bytes(of:)` for an index that may be beyond it.
  func bytes(ofBlock index: UInt32) -> Range<UInt64> { bytes(ofBlocks: index..<index + 1) }

  /// Bytes in a block; nil for an index beyond the last block.
  package func length(of index: UInt32) -> Int? {
    bytes(of: index).map { Int($0.upperBound - $0.lowerBound) }
  }

  /// The blocks that hold any of these bytes; bytes beyond the end are in none.
  package func blocks(covering bytes: Range<UInt64>) -> Range<UInt32> {
    let bytes = bytes.clamped(to: 0..<size)
    guard !bytes.isEmpty else { return 0..<0 }
    let block = UInt64(Self.blockSize)
    return UInt32(bytes.lowerBound / block)..<UInt32((bytes.upperBound - 1) / block + 1)
  }
}
