import Primitives

/// Runs tasks on the thread that waits for them, in the order in which they can go on: the same input always does the
/// same, and what waits for something that never comes is found at once.
final class Turns: TaskExecutor {
  private let jobs = Locked<[UnownedJob]>([])

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
  }

  func runToEnd(_ work: @escaping @Sendable () async -> Void) {
    let isDone = Locked(false)
    Task.detached(executorPreference: self) {
      await work()
      isDone.withLock { $0 = true }
    }
    while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
      unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    }
    expect(isDone.withLock { $0 }, "a task waits for something that never comes")
  }
}

/// The one thread's.
let turns = Turns()
