import FirmwareFormats
package import Primitives

/// Fetching what nobody reads yet.
extension Fetcher {
  /// Pieces that are asked for at once, for each connection: one on its way and one to follow.
  private static let piecesAhead = 2
  /// To give a block to the cache.
  private static let mostAttempts = 3

  /// Brings these blocks into the cache, after all that readers want, and ends when the last has been given to it:
  /// after `BlockCache.flush()` all of them are on the disk.
  ///
  /// Throws when the mount is offline or the cache keeps nothing, and why the server has not sent a block. When
  /// cancelled it ends at once; a few pieces that it has asked for still come.
  package func prefetch(_ blocks: Range<UInt32>, of target: FetchTarget) async throws(Failure) {
    let missing = cache.missing(in: blocks.clamped(to: 0..<target.grid.count), of: target.id)
    guard !missing.isEmpty else { return }
    guard target.source != nil else { throw Self.offline(target) }
    let failure = await withTaskGroup(of: Failure?.self) { group -> Failure? in
      var running = 0
      for run in missing {
        var start = run.lowerBound
        while start < run.upperBound {
          if running >= Self.piecesAhead * connections {
            if let failure = await group.next() ?? nil { return stopping(&group, because: failure) }
            running -= 1
          }
          let piece = start..<min(run.upperBound, start + reach.piece)
          request(piece, of: target)
          group.addTask { await self.arrival(of: piece, target) }
          running += 1
          start = piece.upperBound
        }
      }
      for await case let failure? in group { return stopping(&group, because: failure) }
      return nil
    }
    if let failure { throw failure }
  }

  private func stopping(_ group: inout TaskGroup<Failure?>, because failure: Failure) -> Failure {
    group.cancelAll()
    return failure
  }

  private func request(_ blocks: Range<UInt32>, of target: FetchTarget) {
    state.withLock { state in
      state.targets[target.id] = target
      for run in blocks.split(where: { state.recent.contains(BlockAddress(target.id, $0)) }) {
        state.queue.prefetch(run, of: target.id)
      }
    }
    startJobs()
  }

  /// Suspends until the cache has been given all these blocks, which have been asked for. Why not, or nil.
  private func arrival(of blocks: Range<UInt32>, _ target: FetchTarget) async -> Failure? {
    for index in blocks {
      let address = BlockAddress(target.id, index)
      if let failure = await arrival(of: address) { return failure }
      var attempts = 0
      // It came while the cache had no room: it may still be in memory, or has to be fetched again.
      while !cache.missing(in: index..<index + 1, of: target.id).isEmpty {
        attempts += 1
        guard cache.isKeeping, attempts < Self.mostAttempts else { return Self.notKept }
        await cache.waitForRoom()
        if let block = state.withLock({ $0.recent.block(at: address) }) {
          cache.store(block, index: index, of: target.id)
        } else if let failure = await arrival(of: address, fetching: true) {
          return failure
        }
      }
    }
    return nil
  }

  /// Suspends until the block is neither wanted nor under way; `fetching` makes it wanted if it is neither. Why it has
  /// not come, or nil.
  private func arrival(of address: BlockAddress, fetching: Bool = false) async -> Failure? {
    let id = state.withLock { state in
      state.nextWait += 1
      return state.nextWait
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { (arrival: Arrival) in
        let isOver = state.withLock { state in
          if fetching { state.queue.prefetch(address.index..<address.index + 1, of: address.binary) }
          guard !Task.isCancelled, state.queue.contains(address) else { return true }
          state.arrivals[address, default: [:]][id] = arrival
          return false
        }
        if isOver {
          arrival.resume(returning: Task.isCancelled ? Self.interrupted : nil)
        } else if fetching {
          startJobs()
        }
      }
    } onCancel: {
      let arrival = state.withLock { state in
        let arrival = state.arrivals[address]?.removeValue(forKey: id)
        if state.arrivals[address]?.isEmpty == true { state.arrivals[address] = nil }
        return arrival
      }
      arrival?.resume(returning: Self.interrupted)
    }
  }

  private static let notKept = Failure(
    .exhausted, "The cache does not keep what is fetched.",
    cure: "Give it room with --cache-size, or free space on its disk.")
}
