/// A counting semaphore for tasks: it is served first come, first served, and a cancelled wait ends at once.
///
/// A waiting task gives its thread back; compare `Semaphore`, which blocks the thread.
package final class AsyncSemaphore: Sendable {
  private struct Waiter {
    let ticket: UInt64
    /// Resumed with true when the permit is given, with false when the wait was cancelled.
    let continuation: CheckedContinuation<Bool, Never>
  }

  private struct State {
    var permits: Int
    var waiters: [Waiter] = []
    var lastTicket: UInt64 = 0
  }

  private let state: Locked<State>

  package init(permits: Int) {
    precondition(permits >= 0)
    state = Locked(State(permits: permits))
  }

  /// How many tasks wait now.
  package var waiting: Int { state.withLock { $0.waiters.count } }

  /// Takes a permit, or waits for one.
  ///
  /// Throws `interrupted` when the task is cancelled, before or during the wait; it then has no permit.
  package func wait() async throws(Failure) {
    let ticket = state.withLock { state in
      state.lastTicket += 1
      return state.lastTicket
    }
    let granted = await withTaskCancellationHandler {
      await withCheckedContinuation { enqueue(Waiter(ticket: ticket, continuation: $0)) }
    } onCancel: {
      cancel(ticket)
    }
    guard granted else { throw Failure(.interrupted, "The wait was interrupted.") }
  }

  /// Gives a permit back, to the task that has waited longest if any waits.
  package func signal() {
    let next: Waiter? = state.withLock { state in
      guard !state.waiters.isEmpty else {
        state.permits += 1
        return nil
      }
      return state.waiters.removeFirst()
    }
    next?.continuation.resume(returning: true)
  }

  /// A cancellation sets the task's flag before it calls `cancel`. So either the flag is seen here, under the lock,
  /// or `cancel` comes later and finds the waiter.
  private func enqueue(_ waiter: Waiter) {
    let granted: Bool? = state.withLock { state in
      if Task.isCancelled { return false }
      if state.permits > 0 {
        state.permits -= 1
        return true
      }
      state.waiters.append(waiter)
      return nil
    }
    if let granted { waiter.continuation.resume(returning: granted) }
  }

  private func cancel(_ ticket: UInt64) {
    let waiter: Waiter? = state.withLock { state in
      guard let index = state.waiters.firstIndex(where: { $0.ticket == ticket }) else { return nil }
      return state.waiters.remove(at: index)
    }
    waiter?.continuation.resume(returning: false)
  }
}
