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
    /// The cache is too small for what it is to keep. ENOSPC.
    case noSpace
    /// The file system is read-only. EROFS.
    case readOnly
    /// Names a directory where a file is wanted. EISDIR.
    case isDirectory
    /// Names a file where a directory is wanted. ENOTDIR.
    case notDirectory
    /// No such extended attribute. ENODATA.
    case noAttribute
  }

  /// The place in the program that found it: it tells failures apart that read alike.
  package struct Site: Sendable, CustomStringConvertible {
    fileprivate let file: StaticString
    fileprivate let line: UInt

    /// The file's name and the line, such as `Transfer:131`.
    package var description: String {
      let name = "\(file)".split(separator: "/").last ?? ""
      return "\(name.hasSuffix(".swift") ? name.dropLast(".swift".count) : name):\(line)"
    }
  }

  package let code: Code
  package let site: Site
  /// The cause in one sentence, without secrets.
  package let cause: String
  /// What the person can do about it, in one sentence, if anything.
  package let cure: String?

  package init(
    _ code: Code, _ cause: String, cure: String? = nil, file: StaticString = #fileID, line: UInt = #line
  ) {
    self.init(code, cause, cure: cure, at: Site(file: file, line: line))
  }

  private init(_ code: Code, _ cause: String, cure: String?, at site: Site) {
    self.code = code
    self.cause = cause
    self.cure = cure
    self.site = site
  }

  /// The same with what it is about said before: a file, a device.
  package func about(_ subject: String) -> Failure {
    Failure(code, "\(subject): \(cause)", cure: cure, at: site)
  }

  /// The same with other words about what can be done.
  package func cured(by cure: String?) -> Failure { Failure(code, cause, cure: cure, at: site) }

  /// Of the same kind and in the same words, wherever it was found.
  package static func == (one: Failure, other: Failure) -> Bool {
    one.code == other.code && one.cause == other.cause && one.cure == other.cure
  }

  package var description: String {
    if let cure { "\(cause) \(cure)" } else { cause }
  }
}
