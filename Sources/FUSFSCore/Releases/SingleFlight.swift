package import Primitives

/// One piece of work for a key at a time, however many ask for it: they all get its one result.
///
/// The work belongs to none of the callers: one that gives up leaves it running for the others.
package final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let running = Locked<[Key: Task<Result<Value, Failure>, Never>]>([:])
  private let pool: WorkerPool

  package init(pool: WorkerPool) {
    self.pool = pool
  }

  package func value(
    for key: Key, _ work: @escaping @Sendable () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let task = running.withLock { running in
      if let task = running[key] { return task }
      let task = Task.detached(executorPreference: pool) {
        let result: Result<Value, Failure>
        do throws(Failure) { result = .success(try await work()) } catch { result = .failure(error) }
        self.running.withLock { $0[key] = nil }
        return result
      }
      running[key] = task
      return task
    }
    return try await task.value.get()
  }
}
