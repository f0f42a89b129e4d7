import CCrypto
import CCurl
import Primitives

/// The state of a `TransferLoop`'s thread. Others reach it through the inbox alone.
@safe
final class TransferThread: @unchecked Sendable {
  private struct Inbox {
    var submitted: [Transfer] = []
    var isClosed = false
  }

  private let configuration: TransferLoop.Configuration
  /// libcurl allows `curl_multi_wakeup` from other threads, and it is called only while the inbox is open.
  private let multi: UnsafeMutableRawPointer
  private let inbox = Locked(Inbox())
  private let ended = Semaphore()

  /// By the address of libcurl's handle.
  private var active: [UInt: Transfer] = [:]
  private var activeBulk = 0
  private var queued: [Transfer] = []
  /// Since when the last transfer that stood still had brought nothing. Connections that have been idle since then may be
  /// as dead as its own: a router has forgotten them, or the machine was asleep.
  private var silence: SuspendingClock.Instant?

  init(_ configuration: TransferLoop.Configuration) throws(Failure) {
    guard let multi = unsafe curl_multi_init() else {
      throw Failure(.exhausted, "There is no memory for network transfers.")
    }
    self.configuration = configuration
    unsafe self.multi = multi
    _ = unsafe fus_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.maxConnections + 4)
  }

  // MARK: From any thread

  func submit(_ transfer: Transfer) {
    let isOpen = inbox.withLock { inbox in
      guard !inbox.isClosed else { return false }
      inbox.submitted.append(transfer)
      unsafe curl_multi_wakeup(multi)
      return true
    }
    if !isOpen { transfer.finish(.failure(.cancelled)) }
  }

  func wake() {
    inbox.withLock { inbox in
      if !inbox.isClosed { unsafe curl_multi_wakeup(multi) }
    }
  }

  func close() {
    inbox.withLock { inbox in
      guard !inbox.isClosed else { return }
      inbox.isClosed = true
      unsafe curl_multi_wakeup(multi)
    }
  }

  /// Whether the thread, told to close, has ended within the limit. It must not be called on the thread itself.
  func waitForEnd(within limit: Duration) -> Bool {
    guard ended.wait(for: limit) else { return false }
    // For the next who asks.
    ended.signal()
    return true
  }

  // MARK: On the thread

  /// Returns once the loop is closed.
  func run() {
    while takeInbox() {
      endCancelled()
      startQueued()
      var running: Int32 = 0
      unsafe curl_multi_perform(multi, &running)
      endFinished()
      let pause = endLate()
      startQueued()
      unsafe curl_multi_poll(multi, nil, 0, Int32(pause.seconds * 1000) + 1, nil)
    }
    for transfer in active.values { end(transfer, .failure(.cancelled)) }
    for transfer in queued { transfer.finish(.failure(.cancelled)) }
    unsafe curl_multi_cleanup(multi)
    // Else the thread's very end would do it, when the process may already be taking OpenSSL down.
    OPENSSL_thread_stop()
    ended.signal()
  }

  /// False once the loop is closed.
  private func takeInbox() -> Bool {
    inbox.withLock { inbox in
      queued += inbox.submitted
      inbox.submitted = []
      return !inbox.isClosed
    }
  }

  private func endCancelled() {
    let now = SuspendingClock.now
    for transfer in active.values where transfer.isCancelled {
      noteSilence(of: transfer, at: now)
      end(transfer, .failure(.cancelled))
    }
    for transfer in queued where transfer.isCancelled { transfer.finish(.failure(.cancelled)) }
    queued.removeAll(where: \.isCancelled)
  }

  /// Starts what waits, in order; bulk requests only up to their limit.
  private func startQueued() {
    var remaining: [Transfer] = []
    for transfer in queued {
      if transfer.request.lane == .bulk, activeBulk >= configuration.maxConnections {
        remaining.append(transfer)
      } else {
        start(transfer)
      }
    }
    queued = remaining
  }

  private func start(_ transfer: Transfer) {
    let now = SuspendingClock.now
    guard transfer.prepare(configuration, mostIdle: silence.map { (now - $0).seconds - 1 }),
      let easy = unsafe transfer.easy,
      unsafe curl_multi_add_handle(multi, easy) == CURLM_OK
    else {
      transfer.finish(.failure(.permanent(Failure(.exhausted, "libcurl cannot make a transfer."))))
      return
    }
    active[UInt(bitPattern: easy)] = transfer
    if transfer.request.lane == .bulk { activeBulk += 1 }
  }

  private func endFinished() {
    var left: Int32 = 0
    while let message = unsafe curl_multi_info_read(multi, &left) {
      guard unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle,
        let transfer = active[UInt(bitPattern: easy)]
      else { continue }
      end(transfer, transfer.outcome(unsafe message.pointee.data.result))
    }
  }

  /// Ends what has stalled or takes too long; gives the time until the next look is due.
  private func endLate() -> Duration {
    let now = SuspendingClock.now
    var next = now + .seconds(60)
    for transfer in active.values {
      let stall = transfer.lastProgress.map { $0 + .seconds(configuration.stallTimeout) }
      if let stall, stall <= now {
        giveUp(transfer, "sent next to nothing for", configuration.stallTimeout, at: now)
      } else if let deadline = transfer.deadline, deadline <= now {
        giveUp(transfer, "has not ended its reply after", configuration.replyTimeout, at: now)
      } else {
        next = min(next, stall ?? next, transfer.deadline ?? next)
      }
    }
    return next - now
  }

  private func giveUp(
    _ transfer: Transfer, _ how: String, _ seconds: Double, at now: SuspendingClock.Instant
  ) {
    noteSilence(of: transfer, at: now)
    let cause = "\(transfer.request.host) \(how) \(max(1, Int(seconds.rounded()))) seconds."
    end(transfer, .failure(.transient(Failure(.timedOut, cause))))
  }

  private func noteSilence(of transfer: Transfer, at now: SuspendingClock.Instant) {
    guard let last = transfer.lastProgress, now - last >= .seconds(1) else { return }
    silence = max(silence ?? last, last)
  }

  private func end(_ transfer: Transfer, _ outcome: Transfer.Outcome) {
    if let easy = unsafe transfer.easy {
      unsafe curl_multi_remove_handle(multi, easy)
      active[UInt(bitPattern: easy)] = nil
    }
    if transfer.request.lane == .bulk { activeBulk -= 1 }
    transfer.finish(outcome)
  }
}
