/// A binary that can be fetched: its name in the cache, its blocks, and where they come from.
package struct FetchTarget: Sendable {
  package let id: BinaryID
  package let name: String
  package let grid: BlockGrid
  /// Nil when the mount is offline.
  package let source: (any RangeSource)?
  /// Called when the server turns out to have another file under this name.
  let whenContradicted: @Sendable () -> Void
  /// Called before these blocks are asked of the server, the first time or again.
  let whenFetched: @Sendable (Range<UInt32>) -> Void

  package init(
    id: BinaryID, name: String, grid: BlockGrid, source: (any RangeSource)?,
    whenContradicted: @escaping @Sendable () -> Void = {},
    whenFetched: @escaping @Sendable (Range<UInt32>) -> Void = { _ in }
  ) {
    self.id = id
    self.name = name
    self.grid = grid
    self.source = source
    self.whenContradicted = whenContradicted
    self.whenFetched = whenFetched
  }
}
