import Glibc
import Primitives

/// A regular file that nobody but its owner, who is the user or the superuser, can change; open for reading.
///
/// The corresponding C functions are `open` and `fstat`.
final class TrustedFile {
  private let descriptor: Int32
  /// Without symbolic links: nobody else can put another file there.
  let path: String
  private let what: String

  /// Symbolic links to the file and on its way are followed where they belong to one of the two.
  ///
  /// - Parameter option: what names another file, such as `--config`.
  init(
    _ file: PathName, for userID: UInt32, kind: String, option: String
  ) throws(Failure) {
    what = "\(kind) \(file)"
    path = try TrustedPath.resolve(
      file.text, for: userID, followingLast: true, what: "The \(what)",
      cure: "Keep it in a directory of your own, or name another with \(option).")
    // A FIFO must not make the program wait.
    descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw unreadable(errno: errno) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw unreadable(errno: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Failure(.invalid, "The \(what) is not a regular file.")
    }
    guard status.st_uid == userID || status.st_uid == 0 else {
      throw Failure(
        .accessDenied, "The \(what) belongs to another user.",
        cure: "Make it your own with chown, or name another with \(option).")
    }
    guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
      throw Failure(
        .accessDenied, "Others can write the \(what).", cure: "Take that from them: chmod go-w \(file)")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private func unreadable(errno number: Int32) -> Failure {
    .system("The \(what) cannot be read", errno: number)
  }

  /// Nil if there are more bytes than `limit`.
  func contents(limit: Int) throws(Failure) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: limit + 1)
    var filled = 0
    while filled < bytes.count {
      let count = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(errno: errno) }
      if count == 0 { return Array(bytes[..<filled]) }
      filled += count
    }
    return nil
  }
}
