import Primitives

/// Small reads, which read and check no more of a block than they need.
extension BlockCache {
  /// Some bytes of a cached block, checked; nil where all of it is to be had first, or where it is not cached.
  ///
  /// May be called by any thread. It waits for the local disk alone.
  func bytes(_ range: Range<Int>, ofBlock index: UInt32, of binary: BinaryID) -> BlockPart? {
    guard let count = binary.grid?.length(of: index) else { return nil }
    let key = binary.blockKey(index)
    switch state.withLock({ $0.queue.pending(key) }) {
    case .store(let block, _): return BlockPart(block: block, range: range)
    case .delete: return nil
    case nil: break
    }
    guard let sums = pieces.withLock({ $0.use(key) }) else { return nil }
    let whole = PieceChecksums.pieces(covering: range, of: count)
    let block = read { (reader) throws(SQLiteError) in
      try reader.bytes(whole, ofBlock: key, count: count)
    }
    guard let block, block.withBytes({ PieceChecksums.agree(sums, with: $0, from: whole.lowerBound) }) else {
      // Gone, or damaged: whoever reads all of it finds out.
      pieces.withLock { $0.remove(key) }
      return nil
    }
    touch(GroupPosition(blockKey: key).key)
    let start = range.lowerBound - whole.lowerBound
    return BlockPart(block: block, range: start..<start + range.count)
  }

  /// Makes small reads of a block possible, which is right as it is here.
  func learnPieces(of block: ByteBlock, _ index: UInt32, of binary: BinaryID) {
    guard binary.grid?.length(of: index) == block.count else { return }
    let key = binary.blockKey(index)
    guard !pieces.withLock({ $0.contains(key) }) else { return }
    let sums = block.withBytes { PieceChecksums.sums(of: $0) }
    pieces.withLock { $0.insert(sums, of: key) }
  }
}
