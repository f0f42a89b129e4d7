/// A binary that can be fetched: its name in the cache, its blocks, and where they come from.
package struct FetchTarget: Sendable {
  package let id: BinaryID
  package let name: String
  package let grid: BlockGrid
  /// Nil when the mount is offline.
  package let source: (any RangeSource)?

  package init(id: BinaryID, name: String, grid: BlockGrid, source: (any RangeSource)?) {
    self.id = id
    self.name = name
    self.grid = grid
    self.source = source
  }
}

extension BlockGrid {
  /// The bytes that these blocks hold together.
  func bytes(ofBlocks blocks: Range<UInt32>) -> Range<UInt64> {
    let size = UInt64(Self.blockSize)
    return UInt64(blocks.lowerBound) * size..<min(UInt64(blocks.upperBound) * size, self.size)
  }

  func bytes(ofBlock index: UInt32) -> Range<UInt64> { bytes(ofBlocks: index..<index + 1) }
}
