import Glibc

/// Lines on standard error, for a program in the foreground.
final class StandardErrorLog: LogDestination {
  private let descriptor: Int32

  init() {
    // While it mounts, the program has something else in the place of standard error.
    let copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
    descriptor = copy >= 0 ? copy : STDERR_FILENO
  }

  deinit {
    if descriptor != STDERR_FILENO { close(descriptor) }
  }

  func text(of line: LogLine) -> String { line.onStandardError }

  func write(_ text: String) { _ = writeAll(text, to: descriptor) }
}
