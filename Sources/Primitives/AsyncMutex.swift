/// A value that one task at a time may use, across I/O and suspensions; the others wait in the order they came.
///
/// `Locked` is for values that are looked at without waiting; this is for those whose use itself waits.
package final class AsyncMutex<Value: ~Copyable & Sendable>: @unchecked Sendable {
  private let turn = AsyncSemaphore(permits: 1)
  private var value: Value

  package init(_ value: consuming Value) {
    self.value = value
  }

  /// How many tasks wait for their turn now.
  package var waiting: Int { turn.waiting }

  /// The body's result. Throws `interrupted` when the task is cancelled before its turn comes.
  package func withLock<Result>(
    _ body: (inout Value) async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await turn.wait()
    defer { turn.signal() }
    return try await body(&value)
  }
}
