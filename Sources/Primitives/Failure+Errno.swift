import Glibc

extension Failure.Code {
  /// The errno that a system call answers for this code.
  package var errno: Int32 {
    switch self {
    case .notFound: ENOENT
    case .accessDenied: EACCES
    case .timedOut: ETIMEDOUT
    case .interrupted: EINTR
    case .network, .damaged, .replaced, .local: EIO
    case .protocolViolation: EPROTO
    case .offline: ENETUNREACH
    case .unsupported: ENOTSUP
    case .invalid: EINVAL
    case .exhausted: ENOMEM
    case .noSpace: ENOSPC
    case .readOnly: EROFS
    case .isDirectory: EISDIR
    case .notDirectory: ENOTDIR
    case .noAttribute: ENODATA
    }
  }
}

extension Failure {
  /// A failed system call, its errno in words. The corresponding C function is `strerror_r`.
  package static func system(
    _ what: String, errno number: Int32, file: StaticString = #fileID, line: UInt = #line
  ) -> Failure {
    let code: Code =
      switch number {
      case ENOENT: .notFound
      case EACCES, EPERM: .accessDenied
      case ENOTDIR: .notDirectory
      case EROFS: .readOnly
      case ENOMEM, EMFILE, ENFILE, EAGAIN: .exhausted
      default: .local
      }
    var text = [CChar](repeating: 0, count: 256)
    let status = unsafe strerror_r(number, &text, text.count)
    let words =
      status == 0
      ? String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      : "error \(number)"
    // What every file of a mount answers after its program.
    let cure =
      number == ENOTCONN
      ? "Its mount's program has ended: fusfs MOUNTPOINT mounts it anew, fusfs unmount MOUNTPOINT ends it."
      : nil
    return Failure(code, "\(what): \(words).", cure: cure, file: file, line: line)
  }
}
