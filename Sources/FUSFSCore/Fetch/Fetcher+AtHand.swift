import Primitives

/// Blocks that need no fetching.
extension Fetcher {
  /// Whether all of these blocks are in memory or said to be cached, without reading any.
  func areAtHand(_ blocks: Range<UInt32>, of target: FetchTarget) -> Bool {
    let missing = cache.missing(in: blocks, of: target.id)
    guard !missing.isEmpty else { return true }
    return state.withLock { state in
      missing.joined().allSatisfy { state.recent.contains(BlockAddress(target.id, $0)) }
    }
  }

  /// Some bytes of a block that is in memory or cached, as the server has them; nil if it is neither. It waits for the
  /// local disk alone.
  func bytesAtHand(_ range: Range<Int>, ofBlock index: UInt32, of target: FetchTarget) -> BlockPart? {
    let address = BlockAddress(target.id, index)
    if let block = state.withLock({ $0.recent.block(at: address) }) {
      return BlockPart(block: block, range: range)
    }
    let isSmall = range.count <= PieceChecksums.longestRead
    if isSmall, let part = cache.bytes(range, ofBlock: index, of: target.id) { return part }
    guard let block = cache.block(index, of: target.id) else { return nil }
    state.withLock { $0.recent.insert(block, at: address) }
    if isSmall { cache.learnPieces(of: block, index, of: target.id) }
    return BlockPart(block: block, range: range)
  }
}
