import FUSNet
import Primitives

/// The requests of the fetcher's jobs, which are ended where that is better than to let them go on.
extension Fetcher {
  /// Makes the request: how it failed, if it did, and why we ended it, if we did.
  func download(
    _ bytes: Range<UInt64>, from source: any RangeSource, to assembler: BlockAssembler, _ job: FetchQueue.Job,
    _ renewals: Int
  ) async -> (DownloadFault?, Ending?) {
    let start = now
    // It is known before its first byte comes: whoever forgets blocks stops what brings them.
    let (id, download) = state.withLock { state in
      let download = Task(executorPreference: pool) { () -> DownloadFault? in
        do throws(DownloadFault) {
          try await source.download(bytes, to: assembler)
          return nil
        } catch {
          return error
        }
      }
      state.nextRequest += 1
      state.requests[state.nextRequest] = Request(
        job: job, bytes: bytes, start: start, assembler: assembler, download: download, renewals: renewals)
      return (state.nextRequest, download)
    }
    let fault = await download.value
    return (fault, state.withLock { $0.requests.removeValue(forKey: id)?.ending })
  }

  /// Looks at the requests now and then while there are any.
  func watchRequests() {
    let isFirst = state.withLock { state in
      defer { state.isWatching = true }
      return !state.isWatching
    }
    guard isFirst else { return }
    Task.detached(executorPreference: pool) {
      repeat { try? await Pause.sleep(for: .seconds(TransferWatch.interval)) } while self.renewSlowRequests()
    }
  }

  /// Whether there are any to be looked at again.
  private func renewSlowRequests() -> Bool {
    let now = now
    // An assembler is never asked with the lock held: it previews blocks, which takes the lock, with its own held.
    let transfers = state.withLock(\.requests).mapValues {
      TransferWatch.Transfer(bytes: $0.assembler.received.bytes, renewals: $0.renewals)
    }
    let renewed = state.withLock { state -> Int? in
      guard state.queue.activeJobs > 0 else {
        state.isWatching = false
        return nil
      }
      let slow = state.watch.look(
        at: now, transfers, usualRate: state.requestSize.rate ?? 0, usualPause: state.requestSize.pause ?? 0)
      for id in slow { state.end(request: id, .renewed) }
      return slow.count
    }
    if let renewed, renewed > 0 { log.write(.debug, "\(renewed) slow transfers are asked for anew.") }
    return renewed != nil
  }
}

extension Fetcher.State {
  /// The requests that are to bring some of these blocks. An assembler is asked without the lock, see `renewSlowRequests`.
  func requests(for blocks: Range<UInt32>, of binary: BinaryID) -> [Fetcher.Request] {
    requests.values.filter { $0.job.binary == binary && $0.job.blocks.overlaps(blocks) }
  }

  /// Ends the request that is to make way for a reader, if one is; it is for its job to go on.
  mutating func yieldRequest(allowed: Int) {
    let requested = Set(requests.values.map(\.job.id))
    guard let job = queue.jobToYield(allowed: allowed, canYield: { requested.contains($0.id) }) else {
      return
    }
    for id in requests.keys where requests[id]?.job == job { end(request: id, .yielded) }
  }

  mutating func end(request id: Int, _ ending: Fetcher.Ending) {
    requests[id]?.ending = ending
    requests[id]?.download.cancel()
  }
}
