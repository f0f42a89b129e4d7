import Primitives

/// Writes lines of the log on a thread of its own: whoever says one never waits for a terminal that is stopped or a disk
/// that hangs. What finds no room meanwhile is lost, and a line says how much that was.
final class LogWriter: Sendable {
  private struct State {
    var queue: LogQueue
    /// Whether the thread has taken an entry that it has not written yet.
    var isWriting = false
    /// Signalled when all is written.
    var waiting: [Semaphore] = []
  }

  private let destination: any LogDestination
  private let state: Locked<State>
  private let available = Semaphore()

  /// Starts the thread, which lives as long as the process.
  init(_ destination: any LogDestination, queue: LogQueue = LogQueue()) throws(Failure) {
    self.destination = destination
    state = Locked(State(queue: queue))
    try newThread(name: "fusfs-log") { self.run() }
  }

  var sink: Log.Sink {
    { level, text in
      // The time that a line tells is when it was said.
      let line = self.destination.text(of: LogLine(level, text))
      if self.state.withLock({ $0.queue.add(line) }) { self.available.signal() }
    }
  }

  /// Waits until all that was said is written, no longer than the limit: whether it is.
  @discardableResult
  func flush(within limit: Duration) -> Bool {
    let written = Semaphore()
    let isWritten = state.withLock { state in
      if state.queue.isEmpty, !state.isWriting { return true }
      state.waiting.append(written)
      return false
    }
    return isWritten || written.wait(for: limit)
  }

  private func run() -> Never {
    while true {
      available.wait()
      let entry = state.withLock { state in
        state.isWriting = true
        return state.queue.take()
      }
      if let entry { write(entry) }
      let waiting = state.withLock { state -> [Semaphore] in
        state.isWriting = false
        guard state.queue.isEmpty else { return [] }
        defer { state.waiting = [] }
        return state.waiting
      }
      for semaphore in waiting { semaphore.signal() }
    }
  }

  private func write(_ entry: LogQueue.Entry) {
    switch entry {
    case .line(let line): destination.write(line)
    case .lost(let count):
      let words = "Lines of the log are lost here, as they could not be written in time: \(count)."
      destination.write(destination.text(of: LogLine(.warning, words)))
    }
  }
}
