import Glibc

/// Threads of our own on which tasks may block.
///
/// The cooperative pool has a thread a core; a task that reads SQLite, a file or inflates there would hold up all the
/// others. Give this as the executor preference of any task that may do so.
package final class WorkerPool: TaskExecutor {
  private struct State {
    var jobs: [UnownedJob] = []
    var next = 0
  }

  private let state = Locked(State())
  private let available = Semaphore()

  /// A pool that lives as long as the process.
  package init(threads: Int, name: String) {
    for index in 0..<threads {
      startThread(name: "\(name)-\(index)") { self.run() }
    }
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

/// A counting semaphore. The corresponding C functions are `sem_wait` and `sem_post`.
@safe
package final class Semaphore: @unchecked Sendable {
  private let semaphore: UnsafeMutablePointer<sem_t>

  package init() {
    unsafe semaphore = .allocate(capacity: 1)
    unsafe semaphore.initialize(to: sem_t())
    unsafe sem_init(semaphore, 0, 0)
  }

  deinit {
    unsafe sem_destroy(semaphore)
    unsafe semaphore.deallocate()
  }

  package func signal() { unsafe sem_post(semaphore) }

  package func wait() {
    while unsafe sem_wait(semaphore) != 0 {}
  }
}

/// Starts a detached thread; the name is cut to the 15 bytes that the kernel keeps.
package func startThread(name: String, _ body: @escaping @Sendable () -> Void) {
  final class Start {
    let name: String
    let body: @Sendable () -> Void
    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
  var thread = pthread_t()
  let start = unsafe Unmanaged.passRetained(Start(name, body)).toOpaque()
  let status = unsafe pthread_create(
    &thread, nil,
    { argument in
      let start = unsafe Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
      nameThisThread(start.name)
      start.body()
      return nil
    }, start)
  precondition(status == 0, "pthread_create failed with \(status)")
  pthread_detach(thread)
}

/// Glibc's `pthread_setname_np` is a GNU extension that Swift does not import; the kernel's file does the same.
private func nameThisThread(_ name: String) {
  let descriptor = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return }
  let name = Array(name.utf8.prefix(15))
  _ = unsafe write(descriptor, name, name.count)
  close(descriptor)
}
