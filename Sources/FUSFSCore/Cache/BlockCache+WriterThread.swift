import Primitives

// The writer's thread.
extension BlockCache {
  private static let batchBytes = 8 << 20
  private static let batchDelay = Duration.milliseconds(250)
  private static let touchDelay = Duration.seconds(30)
  private static let closeLimit = Duration.seconds(5)

  private enum Step {
    case wait(Duration)
    case write(WriteQueue.Batch)
    case mend
    case rebuild
    case end
  }

  func startWriter(with opened: CacheFile.Opened?) throws(Failure) {
    state.withLock { state in
      state.hasWriter = true
      state.opened = opened
    }
    try newThread(name: "cache-writer") { self.runWriter() }
  }

  private func runWriter() {
    var writer = takeOpened().flatMap { opened in attempt { () throws(Failure) in try self.writer(opened) } }
    var closeBy: SuspendingClock.Instant?
    var isTidy = false
    while true {
      switch nextStep(closeBy: &closeBy) {
      case .wait(let duration):
        if !isTidy, let current = writer, tidy(current, &isTidy) { continue }
        wakeup.wait(milliseconds: max(1, Int(duration / .milliseconds(1))))
      case .write(let batch):
        isTidy = false
        write(batch, &writer)
      case .mend:
        // Connections that were made while nothing could be written would keep this process from writing.
        writer = nil
        pool.reset()
        writer = attempt { () throws(Failure) in try reopened() }
        if writer != nil { resume() }
      case .rebuild: rebuild(&writer)
      case .end:
        try? writer?.finish()
        writer = nil
        state.withLock { $0.status = .off }
        resumeWaiters()
        ended.signal()
        return
      }
    }
  }

  /// The connection from `open`, of which only the writer keeps hold: it is closed when the writer ends.
  private func takeOpened() -> CacheFile.Opened? {
    state.withLock { state in
      defer { state.opened = nil }
      return state.opened
    }
  }

  private func nextStep(closeBy: inout SuspendingClock.Instant?) -> Step {
    let now = SuspendingClock.now
    let generation = pool.generation
    let isClosing = state.withLock { $0.isClosing }
    if isClosing && closeBy == nil { closeBy = now + Self.closeLimit }
    let limit = closeBy
    return state.withLock { state in
      switch state.status {
      case .off: return state.isClosing ? .end : .wait(.seconds(60))
      case .suspended(let until):
        if state.isClosing { return .end }
        return now >= until ? .mend : .wait(until - now)
      case .on: break
      }
      if state.damagedGeneration == generation { return .rebuild }
      if let limit, now >= limit { return .end }
      let touchIsDue = state.queue.hasTouches && now - state.lastTouchWrite >= Self.touchDelay
      let age = state.firstChange.map { now - $0 }
      let isUrgent =
        state.isClosing || !state.flushWaiters.isEmpty || state.queue.fillsBatch(bytes: Self.batchBytes)
      if touchIsDue || (state.queue.hasChanges || state.queue.hasTouches) && isUrgent
        || age.map({ $0 >= Self.batchDelay }) == true
      {
        let batch = state.queue.takeBatch(bytes: Self.batchBytes)
        state.firstChange = state.queue.hasChanges ? now : nil
        if !batch.touched.isEmpty { state.lastTouchWrite = now }
        return .write(batch)
      }
      if state.isClosing { return .end }
      return .wait(age.map { Self.batchDelay - $0 } ?? Self.touchDelay)
    }
  }

  private func write(_ batch: WriteQueue.Batch, _ writer: inout CacheWriter?) {
    var isReplaced = false
    if let identity = writer?.identity {
      let found = try? file.directory.checkFile()
      if found != identity {
        writer = nil
        // Of blocks that are missing whoever opens the file tells.
        isReplaced = found.map { $0.blocks != nil } ?? true
      }
    }
    for _ in 0..<2 {
      if writer == nil {
        reopen(&writer)
        if isReplaced, writer != nil {
          log.write(
            .warning,
            "The cache file \(file.directory.file) has been removed or replaced; it is opened again.")
        }
        isReplaced = false
      }
      guard let current = writer else { return }
      do throws(SQLiteError) {
        let outcome = try current.apply(batch, limit: limit)
        if !outcome.hadIndexRoom { remember(batch.checkpoints) }
        state.withLock { $0.queue.finishBatch() }
        settle(batch, outcome)
        if batch.byteCount > 0, outcome.hadRoom { tellOfSuccess() }
        resumeWaiters()
        return
      } catch {
        guard error.isDamage || error.isWriteProtection && file.directory.isFileWritable else {
          return suspend(because: error.failure)
        }
        rebuild(&writer)
      }
    }
    suspend(because: Failure(.damaged, "The cache file \(file.directory.file) is damaged again and again."))
  }

  /// Brings what is known of the cached blocks in line with what was written.
  private func settle(_ batch: WriteQueue.Batch, _ outcome: CacheWriter.Outcome) {
    forget(groups: outcome.evicted)
    knownGroups.withLock { known in
      for key in batch.blocks.keys { known[GroupPosition(blockKey: key).key] = nil }
    }
    presence.withLock { known in
      for block in batch.blocks.values {
        guard case .store = block.change else { continue }
        if outcome.hadRoom && !outcome.rejected.contains(block.binary) {
          known.insert(block.index, of: block.binary)
        } else {
          known.remove(block.index, of: block.binary)
        }
      }
    }
    let isNews = state.withLock { state in
      defer { state.saidNoRoom = !outcome.hadRoom }
      return !outcome.hadRoom && !state.saidNoRoom
    }
    if isNews {
      log.write(
        .warning, "The cache is full of pinned packages, or its limit is too small: blocks are not kept.")
    }
  }

  private func forget(groups: [Int64]) {
    guard !groups.isEmpty else { return }
    knownGroups.withLock { known in
      for key in groups { known[key] = nil }
    }
    presence.withLock { known in
      for key in groups { known.remove(group: key) }
    }
  }

  /// Whether there is more to tidy.
  private func tidy(_ writer: CacheWriter, _ isTidy: inout Bool) -> Bool {
    var evicted: [Int64] = []
    do throws(SQLiteError) {
      isTidy = !(try writer.tidy(limit: limit, evicted: &evicted))
    } catch {
      // The next batch will say what is wrong.
      isTidy = true
    }
    forget(groups: evicted)
    return !isTidy
  }

  func resumeWaiters() {
    for waiter in state.withLock({ $0.takeReadyWaiters(backlogLimit: backlogLimit) }) { waiter.resume() }
  }
}
