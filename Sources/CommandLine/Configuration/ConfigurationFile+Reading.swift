import Glibc
import Primitives

extension ConfigurationFile {
  /// The text of a configuration file that only its owner, who is `userID` or the superuser, can change.
  ///
  /// Nil if it does not exist and is not required. `/dev/null` stands for an empty one. Symbolic links to it and on its
  /// way are followed where they belong to one of the two.
  static func read(_ file: PathName, isRequired: Bool, userID: UInt32) throws(Failure) -> String? {
    guard file.text != "/dev/null" else { return "" }
    if unsafe access(file.text, F_OK) != 0, errno == ENOENT || errno == ENOTDIR {
      guard isRequired else { return nil }
      throw Failure.system("The configuration file \(file) cannot be read", errno: errno)
    }
    let path = try TrustedPath.resolve(
      file.text, for: userID, followingLast: true, what: "The configuration file \(file)",
      cure: "Keep it in a directory of your own, or name another with --config.")
    // A FIFO must not make the program wait.
    let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      throw Failure.system("The configuration file \(file) cannot be read", errno: errno)
    }
    defer { close(descriptor) }
    try check(descriptor, file, userID)
    guard let bytes = try contents(descriptor, file) else {
      throw Failure(.invalid, "\(file) is larger than \(ByteSize(bytes: UInt64(sizeLimit)).words).")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.invalid, "\(file) is not UTF-8 text.")
    }
    return text
  }

  private static func check(_ descriptor: Int32, _ file: PathName, _ userID: UInt32) throws(Failure) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw Failure.system("The configuration file \(file) cannot be read", errno: errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Failure(.invalid, "The configuration file \(file) is not a regular file.")
    }
    guard status.st_uid == userID || status.st_uid == 0 else {
      throw Failure(
        .accessDenied, "The configuration file \(file) belongs to another user.",
        cure: "Make it your own with chown, or name another with --config.")
    }
    guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
      throw Failure(
        .accessDenied, "Others can write the configuration file \(file).",
        cure: "Take that from them: chmod go-w \(file)")
    }
  }

  /// Nil if there are more bytes than `sizeLimit`.
  private static func contents(_ descriptor: Int32, _ file: PathName) throws(Failure) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: sizeLimit + 1)
    var filled = 0
    while filled < bytes.count {
      let count = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw Failure.system("The configuration file \(file) cannot be read", errno: errno)
      }
      if count == 0 { return Array(bytes[..<filled]) }
      filled += count
    }
    return nil
  }
}
