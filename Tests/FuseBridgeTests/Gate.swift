import Primitives

/// Lets asynchronous functions wait until it opens, or until their task is cancelled.
final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var next = 0
    var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    var cancelled: Set<Int> = []
  }

  private let state = Locked(State())

  /// Returns when the gate is open; `Failure.Code.interrupted` on cancellation.
  func pass() async throws(Failure) {
    let ticket = state.withLock { state in
      state.next += 1
      return state.next
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let passes = state.withLock { state in
          if state.isOpen || state.cancelled.contains(ticket) { return true }
          state.waiting[ticket] = continuation
          return false
        }
        if passes { continuation.resume() }
      }
    } onCancel: {
      state.withLock { state in
        state.cancelled.insert(ticket)
        return state.waiting.removeValue(forKey: ticket)
      }?.resume()
    }
    if state.withLock({ $0.cancelled.contains(ticket) && !$0.isOpen }) {
      throw Failure(.interrupted, "The wait at the gate was cancelled.")
    }
  }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [:] }
      return Array(state.waiting.values)
    }
    for continuation in waiting { continuation.resume() }
  }

  /// How many wait.
  var waiting: Int { state.withLock { $0.waiting.count } }
  /// How many were cancelled.
  var cancelled: Int { state.withLock { $0.cancelled.count } }
}
