/// Which blocks of one binary are cached: a bit each, as the table `block_group` keeps them.
struct BlockSet {
  private var words: [UInt64]
  private let count: UInt32

  /// An empty set of blocks below `count`.
  init(count: UInt32) {
    self.count = count
    words = Array(repeating: 0, count: (Int(count) + 63) / 64)
  }

  func contains(_ index: UInt32) -> Bool {
    index < count && words[Int(index / 64)] & (1 << UInt64(index % 64)) != 0
  }

  mutating func insert(_ index: UInt32) {
    guard index < count else { return }
    words[Int(index / 64)] |= 1 << UInt64(index % 64)
  }

  mutating func remove(_ index: UInt32) {
    guard index < count else { return }
    words[Int(index / 64)] &= ~(1 << UInt64(index % 64))
  }

  /// Adds the blocks of one group; bits and groups beyond the last block are ignored.
  mutating func insert(group: Int, bits: UInt64) {
    guard words.indices.contains(group) else { return }
    let valid = Int(count) - group * 64
    words[group] |= valid >= 64 ? bits : bits & ((1 << UInt64(valid)) - 1)
  }

  mutating func remove(group: Int) {
    guard words.indices.contains(group) else { return }
    words[group] = 0
  }

  mutating func formUnion(_ other: BlockSet) {
    for index in words.indices where other.words.indices.contains(index) {
      words[index] |= other.words[index]
    }
  }

  /// The runs of blocks in the range that are not in the set, in order.
  func missing(in range: Range<UInt32>) -> [Range<UInt32>] {
    var runs: [Range<UInt32>] = []
    var start: UInt32?
    let range = range.clamped(to: 0..<count)
    for index in range {
      if contains(index) {
        if let first = start { runs.append(first..<index) }
        start = nil
      } else if start == nil {
        start = index
      }
    }
    if let first = start { runs.append(first..<range.upperBound) }
    return runs
  }

  /// Bytes in the blocks of the set.
  func bytes(in grid: BlockGrid) -> UInt64 {
    let blocks = words.reduce(0) { $0 + UInt64($1.nonzeroBitCount) }
    let all = blocks * UInt64(BlockGrid.blockSize)
    guard grid.count > 0, contains(grid.count - 1), let last = grid.length(of: grid.count - 1) else {
      return all
    }
    return all - UInt64(BlockGrid.blockSize - last)
  }
}
