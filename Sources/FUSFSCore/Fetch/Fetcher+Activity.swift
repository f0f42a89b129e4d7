import Primitives

/// What a fetcher is doing, for the status file.
extension Fetcher {
  package struct Activity: Sendable {
    /// Downloads under way, and how many there may be now.
    package let jobs: Int
    package let connections: Int
    /// Seconds until downloads may begin again, where the server asked for a pause.
    package let coolDown: Double?
    /// How often a download that had failed was tried again since the mount began.
    package let retries: Int
    package let blocksUnderWay: Int
    package let waitingReads: Int
    /// Seconds that the read that has waited longest has waited for its block.
    package let longestWait: Double?
    package let memoryBytes: Int
    package let requests: [UnderWay]
  }

  /// A request that the server has not answered to its end.
  package struct UnderWay: Sendable {
    package let file: String
    package let bytes: Range<UInt64>
    package let received: Int
    /// Since it was made.
    package let seconds: Double
    /// How often it was made anew, since it had brought too little.
    package let renewals: Int
  }

  package var activity: Activity {
    let now = now
    let requests = state.withLock { state in
      state.requests.values.map { ($0, state.targets[$0.job.binary]?.name ?? "") }
    }
    // An assembler is never asked with the lock held: see `renewSlowRequests`.
    let underWay = requests.map { request, file in
      UnderWay(
        file: file, bytes: request.bytes, received: request.assembler.received.bytes,
        seconds: now - request.start, renewals: request.renewals)
    }
    return state.withLock { state in
      let waits = state.waits.values.joined().map { $0.value.start }
      return Activity(
        jobs: state.queue.activeJobs, connections: state.limit.allowed(at: now),
        coolDown: state.limit.coolDownEnd(at: now).map { $0 - now }, retries: state.retries,
        blocksUnderWay: state.queue.underWay, waitingReads: waits.count,
        longestWait: waits.min().map { max(0, now - $0) }, memoryBytes: state.recent.bytes,
        requests: underWay.sorted { ($0.file, $0.bytes.lowerBound) < ($1.file, $1.bytes.lowerBound) })
    }
  }
}
