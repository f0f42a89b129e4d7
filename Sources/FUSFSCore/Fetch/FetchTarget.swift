import Primitives

/// A binary that can be fetched: its name in the cache, its blocks, and where they come from.
package struct FetchTarget: Sendable {
  package let id: BinaryID
  package let name: String
  package let grid: BlockGrid
  /// Nil when the mount is offline.
  package let source: (any RangeSource)?
  /// What was seen of its blocks, by all targets of the binary in this mount.
  let seen: Locked<SeenBlocks>
  /// Called when the server turns out to have another file under this name.
  let whenContradicted: @Sendable () -> Void
  /// Called before these blocks are asked of the server, of which nothing was seen.
  let whenFetched: @Sendable (Range<UInt32>) -> Void
  /// Called when these blocks have been forgotten or have changed, before others are given: nothing that was made of them
  /// is to be used any more.
  private let whenChanged: @Sendable (Range<UInt32>) -> Void

  init(
    id: BinaryID, name: String, grid: BlockGrid, source: (any RangeSource)?,
    seen: Locked<SeenBlocks>? = nil,
    whenContradicted: @escaping @Sendable () -> Void = {},
    whenFetched: @escaping @Sendable (Range<UInt32>) -> Void = { _ in },
    whenChanged: @escaping @Sendable (Range<UInt32>) -> Void = { _ in }
  ) {
    self.id = id
    self.name = name
    self.grid = grid
    self.source = source
    self.seen = seen ?? Locked(SeenBlocks(count: grid.count))
    self.whenContradicted = whenContradicted
    self.whenFetched = whenFetched
    self.whenChanged = whenChanged
  }

  /// Has nobody use any more what was made of blocks that were forgotten or have changed, which `seen` knows already.
  func tellOfChange(of blocks: Range<UInt32>) {
    whenChanged(blocks)
    // Who has come meanwhile may have got some of that.
    seen.withLock { $0.noteChange() }
  }
}
