import CLinux
import Glibc

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

  /// Whether it was signalled within the limit. The corresponding C function is `sem_clockwait`, with the clock that
  /// nobody sets.
  package func wait(for limit: Duration) -> Bool {
    let nanoseconds = 1_000_000_000
    var deadline = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &deadline)
    let (seconds, attoseconds) = limit.components
    let sum = deadline.tv_nsec + Int(attoseconds / Int64(nanoseconds))
    deadline.tv_sec += Int(seconds) + sum / nanoseconds
    deadline.tv_nsec = sum % nanoseconds
    while unsafe fusfs_semaphore_wait(semaphore, &deadline) != 0 {
      if errno != EINTR { return false }
    }
    return true
  }
}
