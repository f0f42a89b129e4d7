/// Pauses of tasks, ended by a thread that is there from the start.
///
/// `Task.sleep` asks for threads when it is called: where the system allows no more, its caller would hang.
///
/// ```
///  tasks ── sleep(for:) ──▸ [ 0.1 s │ 0.5 s │ 2 s ]     in the order of their ends
///                              └── the thread sleeps so long, or until a shorter one comes
/// ```
package final class Pause: Sendable {
  private struct Sleeper {
    let id: UInt64
    let end: SuspendingClock.Instant
    let continuation: CheckedContinuation<Void, Never>
  }

  private struct State {
    /// The next that ends is the last.
    var sleepers: [Sleeper] = []
    var nextID: UInt64 = 0
  }

  /// The program's; it lives as long as the process.
  private static let shared = Result { () throws(Failure) in try Pause() }

  private let state = Locked(State())
  private let changed = Semaphore()

  private init() throws(Failure) {
    try newThread(name: "pauses") { [self] in run() }
  }

  /// Throws if the thread could not be started, as no pause would ever end.
  package static func check() throws(Failure) { _ = try shared.get() }

  /// Suspends the task for so long; throws at once when it is cancelled.
  package static func sleep(for time: Duration) async throws(CancellationError) {
    guard case .success(let pause) = shared else { throw CancellationError() }
    await pause.sleep(until: .now + time)
    if Task.isCancelled { throw CancellationError() }
  }

  private func sleep(until end: SuspendingClock.Instant) async {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isFirst = state.withLock { state -> Bool? in
          // Whoever cancels from here on finds it in the list.
          if Task.isCancelled { return nil }
          let place = state.sleepers.partitionPoint { $0.end > end }
          state.sleepers.insert(Sleeper(id: id, end: end, continuation: continuation), at: place)
          return place == state.sleepers.endIndex - 1
        }
        switch isFirst {
        case nil: continuation.resume()
        case true?: changed.signal()
        case false?: break
        }
      }
    } onCancel: {
      let sleeper = state.withLock { state in
        state.sleepers.firstIndex { $0.id == id }.map { state.sleepers.remove(at: $0) }
      }
      sleeper?.continuation.resume()
    }
  }

  private func run() -> Never {
    while true {
      let (ended, next) = state.withLock { state in
        var ended: [Sleeper] = []
        let now = SuspendingClock.now
        while let last = state.sleepers.last, last.end <= now { ended.append(state.sleepers.removeLast()) }
        return (ended, state.sleepers.last?.end)
      }
      for sleeper in ended { sleeper.continuation.resume() }
      if let next { _ = changed.wait(for: max(.zero, next - .now)) } else { changed.wait() }
    }
  }
}
