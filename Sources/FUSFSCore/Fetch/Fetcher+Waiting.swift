import Primitives

/// Readers that wait for blocks.
extension Fetcher {
  /// - Parameter end: the block before which the reader's request ends.
  func wait(
    for range: Range<Int>, of address: BlockAddress, of target: FetchTarget, before end: UInt32
  ) async throws(Failure) -> BlockPart {
    let start = now
    let id = state.withLock { state in
      state.nextWait += 1
      return state.nextWait
    }
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let wait = Wait(range: range, start: start, continuation: continuation)
        let outcome = state.withLock { state -> Result<BlockPart, Failure>? in
          if Task.isCancelled { return .failure(Self.interrupted) }
          // The block may have arrived since it was looked for.
          if let block = state.recent.block(at: address) {
            return .success(BlockPart(block: block, range: range))
          }
          if let failure = state.vainWaits.failure(of: address, at: start) { return .failure(failure) }
          state.targets[target.id] = target
          state.waits[address, default: [:]][id] = wait
          state.queue.demand(address)
          return nil
        }
        if let outcome { return continuation.resume(returning: outcome) }
        startJobs()
        // What has come of the block may do, and no more may come: the kernel asks for a page at a time then.
        let requests = state.withLock {
          $0.requests(for: address.index..<address.index + 1, of: address.binary)
        }
        for request in requests { request.assembler.showAgain(address.index) }
      }
    } onCancel: {
      giveUp(wait: id, for: address, before: end, since: start)
    }
    return try result.get()
  }

  private func giveUp(wait id: Int, for address: BlockAddress, before end: UInt32, since start: Double) {
    let now = now
    let wait = state.withLock { state in
      let wait = state.waits[address]?.removeValue(forKey: id)
      if state.waits[address]?.isEmpty == true { state.waits[address] = nil }
      // Whoever waited that long was not interrupted by a person, but met the deadline.
      if wait != nil, now - start > 0.9 * patience.seconds {
        state.vainWaits.note(address, Self.timedOut, at: now)
        for index in address.index + 1..<max(end, address.index + 1) {
          let other = BlockAddress(address.binary, index)
          // What others wait for is not given up for them.
          if state.waits[other] == nil { state.vainWaits.note(other, Self.timedOut, at: now) }
        }
      }
      return wait
    }
    wait?.continuation.resume(returning: .failure(Self.interrupted))
  }

  static let interrupted = Failure(.interrupted, "The read was given up.")
  private static let timedOut = Failure(
    .timedOut, "The server did not send the bytes in time.", cure: "Try again later.")
}
