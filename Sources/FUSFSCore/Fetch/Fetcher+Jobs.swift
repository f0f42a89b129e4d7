import FUSNet
import Primitives

/// The fetcher's other side: downloads, and what becomes of their readers.
extension Fetcher {
  private static let longestWaitForRoom = Duration.seconds(1)

  var now: Double {
    (clock.now - started).seconds
  }

  /// Starts as many jobs as may run.
  func startJobs() {
    guard let size = state.withLock({ $0.queue.isWaiting ? $0.requestSize : nil }) else { return }
    let reach = reach(for: size)
    while true {
      let now = now
      let (next, timer) = state.withLock { state -> ((FetchQueue.Job, FetchTarget)?, Double?) in
        if let end = state.limit.coolDownEnd(at: now) {
          defer { state.coolDownTimer = true }
          return (nil, state.coolDownTimer ? nil : end - now)
        }
        let allowed = state.limit.allowed(at: now)
        guard let job = state.queue.next(allowed: allowed, piece: reach.piece, least: reach.least) else {
          state.yieldRequest(allowed: allowed)
          return (nil, nil)
        }
        guard let target = state.targets[job.binary] else { preconditionFailure("a job without a target") }
        return ((job, target), nil)
      }
      if let timer { startAgain(after: timer) }
      guard let (job, target) = next else { return }
      Task.detached(executorPreference: pool) { await self.run(job, target) }
      watchRequests()
    }
  }

  private func startAgain(after seconds: Double) {
    Task.detached(executorPreference: pool) {
      try? await Pause.sleep(for: .seconds(seconds))
      self.state.withLock { $0.coolDownTimer = false }
      self.startJobs()
    }
  }

  /// Fetches the job's blocks, with retries, until they are there or its readers have been told why not.
  private func run(_ job: FetchQueue.Job, _ target: FetchTarget) async {
    guard let source = target.source else { preconditionFailure("a job of an offline binary") }
    var attempt = RetryAttempt(patience: patience, start: clock.now)
    var remaining = job.blocks
    var renewals = 0
    while !remaining.isEmpty {
      let hasRoom = await waitForRoom()
      // Meanwhile there was no request of it that could be ended.
      if isToYield(job) { return giveBack(job) }
      let assembler = BlockAssembler(grid: target.grid, blocks: remaining) { index, bytes in
        self.serve(index, of: target, from: bytes)
      } deliver: { index, block in
        switch self.arrived(block, index, of: target) {
        case .takenAsLast where !hasRoom: .taken
        case let reception: reception
        }
      }
      if let unseen = target.seen.withLock({ $0.unseen(in: remaining) }) { target.whenFetched(unseen) }
      let start = now
      let bytes = target.grid.bytes(ofBlocks: remaining)
      let (fault, ending) = await download(bytes, from: source, to: assembler, job, renewals)
      if assembler.next > remaining.lowerBound { attempt.progressed(at: clock.now) }
      note(assembler, since: start)
      remaining = assembler.next..<job.blocks.upperBound
      guard !remaining.isEmpty else { break }
      switch ending {
      case .yielded: return giveBack(job)
      case _ where assembler.isRefused:
        let changed = Failure(
          .network, "A block of \(target.name) that was fetched again is not what it was.", cure: "Try again."
        )
        guard await continues(after: .retry(changed), job, remaining, target, &attempt) else {
          return ended(job, succeeded: false)
        }
      // Ended by us: too much waits for the writer, or what came was damaged. The rest is asked for once there is room.
      case _ where assembler.isStopped: continue
      case .renewed: renewals += 1
      case nil:
        let short = Failure(.network, "The server sent less of \(target.name) than was asked for.")
        guard await continues(after: fault ?? .retry(short), job, remaining, target, &attempt) else {
          return ended(job, succeeded: false)
        }
      }
    }
    ended(job, succeeded: true)
  }

  /// Suspends while too much waits for the cache's writer, but not for long while somebody reads: false if blocks are to
  /// be fetched though there is no room for them.
  private func waitForRoom() async -> Bool {
    while !(await cache.waitForRoom(atMost: min(Self.longestWaitForRoom, patience / 4))) {
      guard state.withLock({ $0.waits.isEmpty }) else {
        cache.noteSlowWriting()
        return false
      }
    }
    return true
  }

  /// Whether the job, which has no request just now, is to make way for a reader.
  private func isToYield(_ job: FetchQueue.Job) -> Bool {
    let now = now
    return state.withLock { state in
      state.queue.jobToYield(allowed: state.limit.allowed(at: now)) { $0 == job } != nil
    }
  }

  private func ended(_ job: FetchQueue.Job, succeeded: Bool) {
    state.withLock { state in
      if succeeded { state.limit.succeeded() }
      state.queue.ended(job)
    }
    startJobs()
  }

  /// What has not arrived of the job is wanted ahead again, or by the readers that have come to it meanwhile.
  private func giveBack(_ job: FetchQueue.Job) {
    state.withLock { state in
      state.queue.yielded(job)
      for address in job.blocks.map({ BlockAddress(job.binary, $0) }) where state.waits[address] != nil {
        state.queue.demand(address)
      }
    }
    startJobs()
  }

  /// Whether to try again after the fault, once the time to wait has passed; if not, the readers have been told.
  private func continues(
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

  /// Learns from a request that has ended how long the next ones should be.
  private func note(_ assembler: BlockAssembler, since start: Double) {
    let (first, bytes) = assembler.received
    guard let first else { return }
    let (begin, end) = ((first - started).seconds, now)
    state.withLock { state in
      state.requestSize.ended(pause: begin - start, bytes: bytes, seconds: end - begin)
    }
  }

  /// Answers readers that want no more of the block than what has come of it, in whole pieces.
  private func serve(_ index: UInt32, of target: FetchTarget, from bytes: RawSpan) {
    let address = BlockAddress(target.id, index)
    let count = bytes.byteCount / PieceChecksums.pieceSize * PieceChecksums.pieceSize
    guard state.withLock({ $0.waits[address]?.values.contains { $0.range.upperBound <= count } ?? false })
    else {
      return
    }
    guard target.seen.withLock({ $0.isBeginningWanted(at: index) }) else { return }
    let beginning = PieceChecksums(of: bytes.extracting(first: count))
    guard target.seen.withLock({ $0.admit(beginning: beginning, at: index) }) else { return }
    let served = state.withLock { state -> [Wait] in
      guard let waits = state.waits[address] else { return [] }
      let served = waits.filter { $0.value.range.upperBound <= count }
      guard !served.isEmpty else { return [] }
      for ticket in served.keys { state.waits[address]?[ticket] = nil }
      if state.waits[address]?.isEmpty == true { state.waits[address] = nil }
      return Array(served.values)
    }
    for wait in served {
      let part = BlockPart(
        block: ByteBlock(copying: bytes.extracting(wait.range)), range: 0..<wait.range.count)
      wait.continuation.resume(returning: .success(part))
    }
  }

  private func arrived(
    _ block: ByteBlock, _ index: UInt32, of target: FetchTarget
  ) -> BlockAssembler.Reception {
    let checksums = block.withBytes { PieceChecksums(of: $0) }
    switch target.seen.withLock({ $0.admit(checksums, at: index) }) {
    case .same: break
    case .refused: return .refused
    case .changed:
      log.write(.warning, "\(target.name): block \(index) has come again, twice, as it was not before.")
      target.tellOfChange(of: index..<index + 1)
    }
    let (address, now) = (BlockAddress(target.id, index), now)
    let (waits, arrivals) = state.withLock { state in
      state.limit.received(block.count, active: state.queue.activeJobs, at: now)
      state.recent.insert(block, at: address)
      keep(block, checksums, at: address, &state)
      state.queue.arrived(address)
      return (state.waits.removeValue(forKey: address), state.arrivals.removeValue(forKey: address))
    }
    for arrival in (arrivals ?? [:]).values { arrival.resume(returning: nil) }
    for wait in (waits ?? [:]).values {
      wait.continuation.resume(returning: .success(BlockPart(block: block, range: wait.range)))
    }
    return cache.backlog < Reach.fullBacklog(cache.backlogLimit) ? .taken : .takenAsLast
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
      } else if !isRefusal {
        vainWaits.note(address, failure, at: now)
      }
    }
    return ended
  }
}

extension DownloadFault {
  fileprivate var isRefusal: Bool { if case .refused = self { true } else { false } }
}
