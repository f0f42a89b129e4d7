/// Threads of our own on which tasks may block.
///
/// The cooperative pool has a thread a core; a task that reads SQLite, a file or inflates there would hold up all the
/// others. Give this as the executor preference of any task that may do so.
package final class WorkerPool: TaskExecutor {
  private struct State {
    var jobs: [UnownedJob] = []
    var next = 0
    /// Why there is no thread.
    var failure: Failure?
  }

  private let state = Locked(State())
  private let available = Semaphore()

  /// A pool that lives as long as the process, of fewer threads where the system does not allow so many.
  package init(threads: Int, name: String) {
    for index in 0..<threads {
      do throws(Failure) {
        try newThread(name: "\(name)-\(index)") { self.run() }
      } catch {
        if index == 0 { state.withLock { $0.failure = error } }
        return
      }
    }
  }

  /// Throws if there is not one thread: no job would ever run.
  package func check() throws(Failure) {
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    state.withLock { $0.jobs.append(job) }
    available.signal()
  }

  private func run() -> Never {
    while true {
      available.wait()
      let job = state.withLock { state in
        let job = state.jobs[state.next]
        state.next += 1
        if state.next == state.jobs.count || state.next > 1024 {
          state.jobs.removeFirst(state.next)
          state.next = 0
        }
        return job
      }
      unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }
}
