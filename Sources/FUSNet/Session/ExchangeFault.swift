import Primitives

/// Why one exchange with a server did not succeed, by what can be done about it.
enum ExchangeFault: Error, Sendable, Equatable {
  /// 401: to be authorised anew.
  case unauthorized
  /// Another try may do.
  case transient(Failure)
  /// Another try may do after so many seconds.
  case busy(seconds: Double, Failure)
  case refused(Failure)
  case cancelled

  init(_ fault: TransferFault) {
    switch fault {
    case .transient(let failure): self = .transient(failure)
    case .permanent(let failure): self = .refused(failure)
    case .stopped, .cancelled: self = .cancelled
    }
  }

  /// What a status other than good means; nil if it is good.
  init?(_ status: ServerStatus, head: HTTPResponseHead) {
    switch status {
    case .good: return nil
    case .unauthorized: self = .unauthorized
    case .busy(let failure):
      self = .busy(seconds: RetryAfter.seconds(head.value("Retry-After"), now: Clock.calendar), failure)
    case .faulty(let failure): self = .transient(failure)
    case .refused(let failure): self = .refused(failure)
    }
  }

  /// For the person and the caller of a message.
  var failure: Failure {
    switch self {
    case .unauthorized: ServerStatus.accessDenied
    case .transient(let failure), .busy(_, let failure), .refused(let failure): failure
    case .cancelled: Failure(.interrupted, "The request was given up.")
    }
  }

  var downloadFault: DownloadFault {
    switch self {
    case .unauthorized: .refused(failure)
    case .transient(let failure): .retry(failure)
    case .busy(let seconds, let failure): .coolDown(seconds: seconds, failure)
    case .refused(let failure): .refused(failure)
    case .cancelled: .cancelled
    }
  }
}
