import Primitives

/// Work that is done once, however many tasks want it at the same time.
///
/// The work belongs to none of them: a task that is cancelled leaves, and the work goes on for the others.
final class SingleFlight<Key: Hashable & Sendable>: Sendable {
  private typealias Outcome = Result<Void, ExchangeFault>

  private enum Entry {
    case cancelled
    case first
    case further
  }

  private struct State {
    var waiting: [Key: [Int: CheckedContinuation<Outcome, Never>]] = [:]
    var nextWaiter = 0
  }

  private let state = Locked(State())

  /// Returns when the work under this key has ended; starts it if nobody has.
  func join(
    _ key: Key, _ work: @escaping @Sendable () async throws(ExchangeFault) -> Void
  ) async throws(ExchangeFault) {
    let waiter = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    let outcome: Outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        wait(key, waiter, continuation, work)
      }
    } onCancel: {
      let continuation = state.withLock { $0.waiting[key]?.removeValue(forKey: waiter) }
      continuation?.resume(returning: .failure(.cancelled))
    }
    try outcome.get()
  }

  private func wait(
    _ key: Key, _ waiter: Int, _ continuation: CheckedContinuation<Outcome, Never>,
    _ work: @escaping @Sendable () async throws(ExchangeFault) -> Void
  ) {
    let entry: Entry = state.withLock { state in
      // Looked at under the lock: a cancellation after this finds the waiter.
      if Task.isCancelled { return .cancelled }
      let isFirst = state.waiting[key] == nil
      state.waiting[key, default: [:]][waiter] = continuation
      return isFirst ? .first : .further
    }
    switch entry {
    case .cancelled: continuation.resume(returning: .failure(.cancelled))
    case .further: break
    case .first:
      Task.detached {
        let outcome: Outcome
        do throws(ExchangeFault) { outcome = .success(try await work()) } catch { outcome = .failure(error) }
        let waiters = self.state.withLock { $0.waiting.removeValue(forKey: key) }
        for continuation in waiters?.values ?? [:].values { continuation.resume(returning: outcome) }
      }
    }
  }
}
