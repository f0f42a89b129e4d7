import Primitives

/// Blocks that come again, and may not be what they were.
extension Fetcher {
  /// What the cache gives of a block, which it gives only if that is what the block was: another process may have put it
  /// there.
  func admitted<Result>(
    _ index: UInt32, of target: FetchTarget, _ body: (BlockCache.Admission) -> Result
  ) -> Result {
    body { checksums in
      // Where the mount is offline nothing better can be had.
      let verdict = target.seen.withLock { $0.admit(checksums, at: index, isFirmly: target.source == nil) }
      if verdict == .refused {
        log.write(.warning, "\(target.name): block \(index) in the cache is not what it was.")
      }
      if verdict == .changed { target.tellOfChange(of: index..<index + 1) }
      return verdict != .refused
    }
  }

  /// Forgets blocks that turned out to be damaged: they are fetched again when they are wanted, and may come otherwise.
  func forget(_ blocks: Range<UInt32>, of target: FetchTarget) {
    // The rest of a damaged answer may be on its way.
    let underWay = state.withLock { $0.requests(for: blocks, of: target.id) }
    for request in underWay { request.assembler.stop() }
    state.withLock { state in
      for index in blocks { state.recent.remove(BlockAddress(target.id, index)) }
    }
    // After that: nobody gives the cache any more what memory had.
    cache.remove(blocks, of: target.id)
    target.seen.withLock { $0.forget(blocks) }
    target.tellOfChange(of: blocks)
  }
}
