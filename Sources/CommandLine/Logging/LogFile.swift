import Glibc
import Primitives

/// A file that log lines are appended to, several processes' among them, readable by its owner alone.
final class LogFile: LogDestination {
  private let descriptor: Int32

  /// Opens or makes the file. Refused are links, what is not a regular file, another user's file, and a way to it that
  /// others can change.
  init(_ file: PathName) throws(Failure) {
    let path = try TrustedPath.resolve(
      file.text, for: geteuid(), what: "The log file \(file)", cure: "Name another with --log-file.")
    let flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
    let opened = unsafe open(path, flags, 0o600)
    guard opened >= 0 else {
      guard errno != ELOOP else {
        throw Failure(
          .accessDenied, "The log file \(file) is a symbolic link.", cure: "Name the file itself.")
      }
      throw Failure.system("The log file \(file) cannot be opened", errno: errno)
    }
    descriptor = opened
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw Failure(.invalid, "The log file \(file) is not a regular file.")
    }
    guard status.st_uid == geteuid() else {
      throw Failure(
        .accessDenied, "The log file \(file) belongs to another user.", cure: "Name another with --log-file.")
    }
    // Who may make links to files of ours must not have us write into one that is no log.
    guard status.st_nlink <= 1 else {
      throw Failure(
        .accessDenied, "The log file \(file) has another name besides.", cure: "Name another with --log-file."
      )
    }
  }

  deinit { close(descriptor) }

  /// With its time in UTC.
  func text(of line: LogLine) -> String { line.inFile(at: .now(in: .utc)) }

  /// What a full disk refuses is lost.
  func write(_ text: String) { _ = writeAll(text, to: descriptor) }
}
