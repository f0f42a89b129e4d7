/// Which blocks are cached, of each binary that was asked about or got some. A hint: reading the block is what counts.
/// Pure.
///
/// What is stored of a binary before the file was asked about it is noted too: the answer may be from before that.
struct KnownBlocks {
  private struct Entry {
    var blocks: BlockSet
    /// Whether the file was asked.
    var isWhole = false
  }

  /// By the number of the binary.
  private var entries: [Int64: Entry] = [:]

  /// What is cached of the binary; nil if the file has not been asked yet.
  subscript(binary: BinaryID) -> BlockSet? {
    entries[binary.number].flatMap { $0.isWhole ? $0.blocks : nil }
  }

  /// Adds what the file says to what is known already, and gives both.
  mutating func add(_ blocks: BlockSet, of binary: BinaryID) -> BlockSet {
    var all = blocks
    if let earlier = entries[binary.number]?.blocks { all.formUnion(earlier) }
    entries[binary.number] = Entry(blocks: all, isWhole: true)
    return all
  }

  mutating func insert(_ index: UInt32, of binary: BinaryID) {
    guard let grid = binary.grid else { return }
    entries[binary.number, default: Entry(blocks: BlockSet(count: grid.count))].blocks.insert(index)
  }

  mutating func remove(_ index: UInt32, of binary: BinaryID) {
    entries[binary.number]?.blocks.remove(index)
  }

  /// Removes a group of 64 blocks by its key.
  mutating func remove(group key: Int64) {
    let groupBits = Int64(BlockGrid.indexBits - BinaryID.groupBits)
    entries[key >> groupBits]?.blocks.remove(group: Int(key & ((1 << groupBits) - 1)))
  }

  /// Has the file asked again about the binary.
  mutating func forget(_ binary: BinaryID) { entries[binary.number] = nil }

  /// Has the file asked again about all.
  mutating func removeAll() { entries = [:] }
}
