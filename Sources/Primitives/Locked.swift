import Glibc

/// A value that is reached only while its lock is held.
///
/// The project's one lock: a pthread mutex, which the thread sanitizer understands.
/// Hold it for as long as it takes to look at or change the value, never across I/O or an `await`.
@safe
package final class Locked<Value: ~Copyable>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  /// Checked by the lock alone: the runtime's own check of each access would cost as much again.
  @exclusivity(unchecked) private var value: Value

  package init(_ value: consuming sending Value) {
    unsafe mutex = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    let status = unsafe pthread_mutex_init(mutex, nil)
    precondition(status == 0, "pthread_mutex_init failed with \(status)")
    unsafe self.value = value
  }

  deinit {
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  /// The body's result; the lock is held while it runs.
  package func withLock<Result: ~Copyable, Thrown: Error>(
    _ body: (inout sending Value) throws(Thrown) -> sending Result
  ) throws(Thrown) -> sending Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return try unsafe body(&value)
  }
}
