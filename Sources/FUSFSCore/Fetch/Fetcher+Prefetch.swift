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
      state.prefetch(blocks, of: target.id)
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
        if offerAgain(address) { continue }
        // What follows of the piece may have failed with it: another job than that of the block waited for then had
        // nobody to try again for.
        let rest = cache.missing(in: index..<blocks.upperBound, of: target.id)
        if let failure = await arrival(of: address, fetching: rest) { return failure }
      }
    }
    return nil
  }

  /// Suspends until the block is neither wanted nor under way. Why it has not come, or nil.
  ///
  /// - Parameter runs: blocks of the same binary that are to be wanted if they are neither, and not in memory.
  private func arrival(of address: BlockAddress, fetching runs: [Range<UInt32>] = []) async -> Failure? {
    let id = state.withLock { state in
      state.nextWait += 1
      return state.nextWait
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { (arrival: Arrival) in
        let isOver = state.withLock { state in
          guard !Task.isCancelled else { return true }
          for run in runs { state.prefetch(run, of: address.binary) }
          guard state.queue.contains(address) else { return true }
          state.arrivals[address, default: [:]][id] = arrival
          return false
        }
        if isOver { arrival.resume(returning: Task.isCancelled ? Self.interrupted : nil) }
        // Others of them may be wanted now even if this one is not.
        if !runs.isEmpty { startJobs() }
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

  /// Gives the cache the block if memory has it; whether it has.
  private func offerAgain(_ address: BlockAddress) -> Bool {
    state.withLock { state in
      guard let block = state.recent.block(at: address) else { return false }
      keep(block, at: address, &state)
      return true
    }
  }

  private static let notKept = Failure(
    .noSpace, "The cache does not keep what is fetched.",
    cure: "Give it room with --cache-size, or free space on its disk.")
}

extension Fetcher.State {
  /// Those of the blocks that are not in memory are to be had when there is nothing better to do.
  fileprivate mutating func prefetch(_ blocks: Range<UInt32>, of binary: BinaryID) {
    for run in runsNotInMemory(blocks, of: binary) { queue.prefetch(run, of: binary) }
  }
}
