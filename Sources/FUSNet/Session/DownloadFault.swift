package import Primitives

/// Why a download did not deliver all bytes asked for.
package enum DownloadFault: Error, Sendable, Equatable {
  /// Another try may do.
  case retry(Failure)
  /// Another try may do after so many seconds, with fewer connections.
  case coolDown(seconds: Double, Failure)
  /// Another try would meet the same.
  case refused(Failure)
  /// The task was cancelled, the receiver wanted no more, or the session is closed.
  case cancelled
}
