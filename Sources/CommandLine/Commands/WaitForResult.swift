import Primitives

/// Runs the work and blocks this thread until it is done.
///
/// - Parameter executor: on which it runs; the cooperative pool if nil.
func waitForResult<Value: Sendable>(
  on executor: (any TaskExecutor)? = nil,
  _ work: @escaping @Sendable () async throws(Failure) -> Value
) throws(Failure) -> Value {
  let result = Locked<Result<Value, Failure>?>(nil)
  let done = Semaphore()
  Task.detached(executorPreference: executor) {
    do throws(Failure) {
      let value = try await work()
      result.withLock { $0 = .success(value) }
    } catch {
      result.withLock { $0 = .failure(error) }
    }
    done.signal()
  }
  done.wait()
  guard let result = result.withLock({ $0 }) else { preconditionFailure("signalled without a result") }
  return try result.get()
}
