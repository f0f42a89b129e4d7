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
          state.targets[target.id] = target
          state.waits[address, default: [:]][id] = wait
          return nil
        }
        if let outcome { return continuation.resume(returning: outcome) }
        showAgain(address)
        let disappointed = state.withLock { state -> (Wait, Failure)? in
          guard let failure = state.vainWaits.failure(of: address, at: start) else {
            if state.waits[address]?[id] != nil { state.queue.demand(address) }
            return nil
          }
          return state.takeWait(id, for: address).map { ($0, failure) }
        }
        if let (wait, failure) = disappointed {
          return wait.continuation.resume(returning: .failure(failure))
        }
        startJobs()
      }
    } onCancel: {
      giveUp(wait: id, for: address, before: end, since: start)
    }
    return try result.get()
  }

  /// Answers those who want no more of the block than what has come of it. After a request that failed the kernel asks for
  /// each of its pages, and a server that stalls sends no more: none of them must wait for a new try.
  private func showAgain(_ address: BlockAddress) {
    let requests = state.withLock {
      $0.requests(for: address.index..<address.index + 1, of: address.binary)
    }
    for request in requests { request.assembler.showAgain(address.index) }
  }

  private func giveUp(wait id: Int, for address: BlockAddress, before end: UInt32, since start: Double) {
    let now = now
    let wait = state.withLock { state in
      let wait = state.takeWait(id, for: address)
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

extension Fetcher.State {
  /// The reader, who waits no more; nil if he does not any longer.
  mutating func takeWait(_ id: Int, for address: BlockAddress) -> Fetcher.Wait? {
    let wait = waits[address]?.removeValue(forKey: id)
    if waits[address]?.isEmpty == true { waits[address] = nil }
    return wait
  }
}
