import Primitives

/// Why a transfer did not end with a whole reply.
enum TransferFault: Error, Sendable, Equatable {
  /// Another try may do.
  case transient(Failure)
  /// Another try meets the same: a certificate that is not trusted, a reply beyond all limits.
  case permanent(Failure)
  /// The receiver wanted no more.
  case stopped
  /// The task was cancelled, or the loop closed.
  case cancelled
}
