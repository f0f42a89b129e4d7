import FUSNet
import Primitives

/// The fetcher's other side: downloads, and what becomes of their readers.
extension Fetcher {
  private static let longestWaitForRoom = Duration.seconds(1)
  /// Of a block that comes otherwise each time, before those behind it are fetched without it.
  private static let mostRefusals = 3

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
    var attempt = RetryAttempt(patience: patience, start: waitStart(of: job) ?? clock.now)
    var remaining = job.blocks
    var renewals = 0
    var refusals: (block: UInt32?, times: Int) = (nil, 0)
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
        refusals = (remaining.lowerBound, refusals.block == remaining.lowerBound ? refusals.times + 1 : 1)
        if refusals.times == Self.mostRefusals, remaining.count > 1 {
          setAside(BlockAddress(job.binary, remaining.lowerBound), since: attempt.lastProgress)
          remaining = remaining.dropFirst()
        } else if await !continues(
          after: .retry(Self.changed(target)), job, remaining, target, &attempt)
        {
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

  /// Leaves a block to a job of its own, so that nobody waits for it who wants those behind it.
  private func setAside(_ address: BlockAddress, since start: SuspendingClock.Instant) {
    state.withLock { state in
      state.queue.arrived(address)
      if state.waits[address] != nil {
        state.queue.demand(address)
      } else if state.arrivals[address] != nil {
        state.queue.prefetch(address.index..<address.index + 1, of: address.binary)
      } else {
        return
      }
      state.setAside[address] = start
    }
    startJobs()
  }

  /// Since when the readers of a block that was left to this job wait; nil if there is none.
  private func waitStart(of job: FetchQueue.Job) -> SuspendingClock.Instant? {
    state.withLock { state in
      guard !state.setAside.isEmpty else { return nil }
      return job.blocks.compactMap { state.setAside.removeValue(forKey: BlockAddress(job.binary, $0)) }.min()
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

  /// Learns from a request that has ended how long the next ones should be.
  private func note(_ assembler: BlockAssembler, since start: Double) {
    let (first, bytes) = assembler.received
    guard let first else { return }
    let (begin, end) = ((first - started).seconds, now)
    state.withLock { state in
      state.requestSize.ended(pause: begin - start, bytes: bytes, seconds: end - begin)
    }
  }
}
