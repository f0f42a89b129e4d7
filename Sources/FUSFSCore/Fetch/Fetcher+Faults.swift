import FUSNet
import Primitives

/// Jobs that fail: what is tried again, and who is told that it is not.
extension Fetcher {
  static func changed(_ target: FetchTarget) -> Failure {
    Failure(
      .network, "A block of \(target.name) that was fetched again is not what it was.", cure: "Try again.")
  }

  /// Whether to try again after the fault, once the time to wait has passed; if not, the readers have been told.
  func continues(
    after fault: DownloadFault, _ job: FetchQueue.Job, _ remaining: Range<UInt32>, _ target: FetchTarget,
    _ attempt: inout RetryAttempt
  ) async -> Bool {
    let failure: Failure
    var delay: Duration?
    switch fault {
    case .cancelled:
      failure = Self.interrupted
    case .refused(let cause):
      failure = cause
    case .retry(let cause):
      failure = cause
      delay = attempt.delay(at: clock.now, jitter: Double.random(in: 0.5...1))
    case .coolDown(let seconds, let cause):
      failure = cause
      let now = now
      state.withLock { $0.limit.refused(for: seconds, active: $0.queue.activeJobs, at: now) }
      delay = attempt.delay(at: clock.now, jitter: Double.random(in: 0.5...1), atLeast: .seconds(seconds))
    }
    let lateSince = (attempt.lastProgress + patience / 2 - started).seconds
    let addresses = remaining.map { BlockAddress(job.binary, $0) }
    let now = now
    // In one step, so that a reader who comes now is either waited for or starts a job of its own.
    let disappointed = state.withLock { state -> (waits: [Wait], arrivals: [Arrival])? in
      let isAwaited = addresses.contains { state.waits[$0] != nil || state.arrivals[$0] != nil }
      if isAwaited, delay != nil {
        state.retries += 1
        return nil
      }
      return state.giveUp(addresses, failure, isRefusal: fault.isRefusal, lateSince: lateSince, at: now)
    }
    if let disappointed {
      let isNews = !disappointed.waits.isEmpty || !disappointed.arrivals.isEmpty
      log.write(isNews ? .error : .info, "\(target.name): \(failure)")
      for arrival in disappointed.arrivals { arrival.resume(returning: failure) }
      for wait in disappointed.waits { wait.continuation.resume(returning: .failure(failure)) }
      if [.replaced, .notFound].contains(failure.code) { target.whenContradicted() }
      return false
    }
    guard let delay else { return false }
    log.write(.info, "\(target.name), block \(remaining.lowerBound): \(failure.cause) Trying again.")
    try? await Pause.sleep(for: delay)
    return true
  }
}

extension Fetcher.State {
  /// Those who wait for these blocks, which are no longer under way.
  fileprivate mutating func giveUp(
    _ addresses: [BlockAddress], _ failure: Failure, isRefusal: Bool, lateSince: Double, at now: Double
  ) -> (waits: [Fetcher.Wait], arrivals: [Fetcher.Arrival]) {
    var ended: (waits: [Fetcher.Wait], arrivals: [Fetcher.Arrival]) = ([], [])
    for address in addresses {
      queue.arrived(address)
      ended.arrivals += (arrivals.removeValue(forKey: address) ?? [:]).values
      guard let waits = waits.removeValue(forKey: address) else { continue }
      // A refusal comes at once each time; all else has taken as long as the patience lasts. Who came late to that
      // begins anew: the server may have mended.
      let late = isRefusal ? [:] : waits.filter { $0.value.start > lateSince }
      ended.waits += waits.filter { late[$0.key] == nil }.values
      if !late.isEmpty {
        self.waits[address] = late
        queue.demand(address)
      }
      // Also where others wait on: the kernel asks again for a program whose wait has ended.
      if !isRefusal, late.count < waits.count { vainWaits.note(address, failure, at: now) }
    }
    return ended
  }
}

extension DownloadFault {
  fileprivate var isRefusal: Bool { if case .refused = self { true } else { false } }
}
