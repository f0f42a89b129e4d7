/// One piece of work for a key at a time, however many tasks ask for it: they all get its one outcome.
///
/// The work belongs to none of them: a task that is cancelled leaves at once, and the work goes on for the others. What it
/// notes of its progress is told to all who wait.
package final class SingleFlight<Key: Hashable & Sendable, Value: Sendable, Fault: Error>: Sendable {
  private typealias Outcome = Result<Value, Fault>

  private struct Wait {
    let continuation: CheckedContinuation<Outcome, Never>
    let listener: (any ProgressListener)?
  }

  private enum Entry {
    case cancelled
    case first
    case further
  }

  private struct State {
    /// A key is here for as long as its work runs, even when all who waited have left.
    var waits: [Key: [UInt64: Wait]] = [:]
    var lastTicket: UInt64 = 0
  }

  private let state = Locked(State())
  private let executor: (any TaskExecutor)?
  private let cancelled: Fault

  /// - Parameters:
  ///   - executor: on which the work runs; the cooperative pool if nil.
  ///   - cancelled: what a task gets that was cancelled before the work had ended.
  package init(executor: (any TaskExecutor)? = nil, cancelled: Fault) {
    self.executor = executor
    self.cancelled = cancelled
  }

  /// How many tasks wait now, for whatever work.
  package var waiting: Int { state.withLock { $0.waits.values.reduce(0) { $0 + $1.count } } }

  /// The outcome of the work under this key; starts it if nobody has.
  package func join(
    _ key: Key, _ work: @escaping @Sendable () async throws(Fault) -> Value
  ) async throws(Fault) -> Value {
    let ticket = state.withLock { state in
      state.lastTicket += 1
      return state.lastTicket
    }
    let outcome: Outcome = await withTaskCancellationHandler {
      await withCheckedContinuation {
        enter(key, ticket, Wait(continuation: $0, listener: Progress.current), work)
      }
    } onCancel: {
      let wait = state.withLock { $0.waits[key]?.removeValue(forKey: ticket) }
      wait?.continuation.resume(returning: .failure(cancelled))
    }
    return try outcome.get()
  }

  private func enter(
    _ key: Key, _ ticket: UInt64, _ wait: Wait, _ work: @escaping @Sendable () async throws(Fault) -> Value
  ) {
    let entry: Entry = state.withLock { state in
      // Looked at under the lock: a cancellation after this finds the wait.
      if Task.isCancelled { return .cancelled }
      let isFirst = state.waits[key] == nil
      state.waits[key, default: [:]][ticket] = wait
      return isFirst ? .first : .further
    }
    switch entry {
    case .cancelled: wait.continuation.resume(returning: .failure(cancelled))
    case .further: break
    case .first: start(key, work)
    }
  }

  private func start(_ key: Key, _ work: @escaping @Sendable () async throws(Fault) -> Value) {
    _ = Progress.told(to: Announcement(flights: self, key: key)) {
      // Not detached, so that it is heard; nobody holds it, so nobody cancels it.
      Task(executorPreference: executor) {
        let outcome: Outcome
        do throws(Fault) { outcome = .success(try await work()) } catch { outcome = .failure(error) }
        let waits = self.state.withLock { $0.waits.removeValue(forKey: key) }
        for wait in (waits ?? [:]).values { wait.continuation.resume(returning: outcome) }
      }
    }
  }

  /// Tells those who wait for the work that it has come further.
  private struct Announcement: ProgressListener {
    let flights: SingleFlight
    let key: Key

    func noteProgress() {
      let waits = flights.state.withLock { $0.waits[key]?.values.compactMap(\.listener) }
      for listener in waits ?? [] { listener.noteProgress() }
    }
  }
}

extension SingleFlight where Fault == Failure {
  /// A task that is cancelled gets `interrupted`.
  package convenience init(executor: (any TaskExecutor)? = nil) {
    self.init(executor: executor, cancelled: Failure(.interrupted, "The wait was interrupted."))
  }
}
