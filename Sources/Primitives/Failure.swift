/// Why something could not be done: a code for the program, a sentence for the person.
///
/// Every layer of the client throws this one type, so that a cause found at the network reaches the log and the
/// caller of `read(2)` unchanged.
package struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of failure it is. Each has one errno, see `errno`.
  package enum Code: Sendable, Equatable, CaseIterable {
    /// No such file, model, region or release. ENOENT.
    case notFound
    /// The server refuses, or a credential is missing or wrong. EACCES.
    case accessDenied
    /// The deadline of the wait has passed. ETIMEDOUT.
    case timedOut
    /// The caller was interrupted or the mount is going away. EINTR.
    case interrupted
    /// The network or the server failed, or an answer was not what the protocol says. EIO.
    case network
    /// We sent something that the server calls malformed: a fault of this program. EPROTO.
    case protocolViolation
    /// The bytes are there but they are damaged, or lie about themselves. EIO.
    case damaged
    /// The server has another file than the one that it described. EIO.
    case replaced
    /// Not cached, and the mount is offline. ENETUNREACH.
    case offline
    /// A format or feature that this program does not read. ENOTSUP.
    case unsupported
    /// The arguments make no sense. EINVAL.
    case invalid
    /// The local disk, cache or system failed. EIO.
    case local
    /// A limit of memory, files or threads is reached. ENOMEM.
    case exhausted
    /// The file system is read-only. EROFS.
    case readOnly
    /// Names a directory where a file is wanted. EISDIR.
    case isDirectory
    /// Names a file where a directory is wanted. ENOTDIR.
    case notDirectory
    /// No such extended attribute. ENODATA.
    case noAttribute
  }

  package let code: Code
  /// The cause in one sentence, without secrets.
  package let cause: String
  /// What the person can do about it, in one sentence, if anything.
  package let cure: String?

  package init(_ code: Code, _ cause: String, cure: String? = nil) {
    self.code = code
    self.cause = cause
    self.cure = cure
  }

  package var description: String {
    if let cure { "\(cause) \(cure)" } else { cause }
  }
}
