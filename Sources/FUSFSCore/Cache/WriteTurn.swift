import Glibc

/// Who writes next, among all processes: so that one that never stops writing cannot keep the others waiting.
///
/// ```
/// take turn ──▸ wait for SQLite's write lock ──▸ release turn ──▸ write, commit ──▸ take turn …
/// ```
/// A writer that has just committed finds the turn taken by whoever waits, and queues behind. The kernel releases the
/// turn of a process that is killed; one that is stopped while it has it is passed over after a while.
@safe
final class WriteTurn {
  private static let attempts = 1500
  private static let pause: Int32 = 2

  /// Negative if the file cannot be opened, and there are no turns.
  private let descriptor: Int32

  init(path: String) {
    descriptor = unsafe open(path, O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0o600)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Waits for the turn, 3 seconds at most. The corresponding C function is `flock`.
  func take() {
    guard descriptor >= 0 else { return }
    for _ in 0..<Self.attempts {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
      guard errno == EWOULDBLOCK || errno == EINTR else { return }
      poll(nil, 0, Self.pause)
    }
  }

  func release() {
    if descriptor >= 0 { flock(descriptor, LOCK_UN) }
  }
}
