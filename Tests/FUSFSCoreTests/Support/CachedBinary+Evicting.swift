import Primitives

@testable import FUSFSCore

extension CachedBinary {
  /// Has neither the cache nor memory hold any of it, as when there was room for other things alone.
  func evict(from cache: BlockCache) async {
    await cache.flush()
    let blocks = 0..<target.grid.count
    cache.remove(blocks, of: target.id)
    fetcher.state.withLock { state in
      for index in blocks { state.recent.remove(BlockAddress(target.id, index)) }
    }
    await cache.flush()
  }
}
