import CCurl
import Primitives

/// All transfers of one session, driven by one thread of its own over one libcurl multi handle, which keeps
/// connections alive between requests.
///
///     tasks ── perform ──▸ inbox ──wakeup──▸ thread: curl_multi_perform, curl_multi_poll ──▸ receivers
///                                                   └── continuation of the task
///
/// Redirects are not followed, so authorisations never reach another host; TLS is verified, 1.2 or newer.
final class TransferLoop: Sendable {
  struct Configuration: Sendable {
    /// A proxy's URL; nil leaves it to the usual environment variables.
    var proxy: String?
    /// A PEM file of certificate authorities that are trusted besides the system's.
    var authorities: String?
    /// Seconds until a connection must stand.
    var connectTimeout: Double
    /// Seconds without a byte after which a transfer has failed.
    var stallTimeout: Double
    /// Seconds after which a control request has failed, however steadily its reply comes.
    var replyTimeout: Double
    /// How many bulk requests are under way at once.
    var maxConnections: Int
  }

  private static let isReady: Void = { _ = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }()

  private let thread: TransferThread

  /// Starts the thread. Make it only after the process has become a daemon.
  init(_ configuration: Configuration) throws(Failure) {
    Self.isReady
    thread = try TransferThread(configuration)
    do throws(Failure) {
      try newThread(name: "fus-transfer") { [thread] in thread.run() }
    } catch {
      // Closed, it does nothing but to let go of what it has.
      thread.close()
      thread.run()
      throw error
    }
  }

  /// Waits for nobody: the last reference may be the transfer thread's.
  deinit { close() }

  /// The reply's head, once its whole body went to the receiver. Cancelling the task ends the transfer at once.
  func perform(
    _ request: HTTPRequest, to receiver: any TransferReceiver
  ) async throws(TransferFault) -> HTTPResponseHead {
    let transfer = Transfer(request, receiver: receiver)
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        transfer.await(with: continuation)
        thread.submit(transfer)
      }
    } onCancel: {
      transfer.cancel()
      thread.wake()
    }
    return try outcome.get()
  }

  /// Ends all transfers as cancelled and releases the thread and its handles. Later requests are cancelled too.
  func close() { thread.close() }

  /// The same; whether the thread has ended within the limit. Not to be called by a receiver, as that is on the thread.
  func close(within limit: Duration) -> Bool {
    thread.close()
    return thread.waitForEnd(within: limit)
  }
}
