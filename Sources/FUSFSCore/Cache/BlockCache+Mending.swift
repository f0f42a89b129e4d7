import Primitives

// What the writer's thread does when the disk fails or the file is damaged.
extension BlockCache {
  /// Replaces the file, which seems to be damaged, if it is.
  func rebuild(_ writer: inout CacheWriter?) {
    let damaged = writer?.identity ?? (try? file.directory.checkFile())
    writer = nil
    let measure = state.withLock { $0.damageHistory.measure(for: damaged, at: .now) }
    guard measure != .giveUp else {
      log.write(.error, "The cache file is damaged again and again: nothing is cached until the next start.")
      state.withLock { state in
        state.status = .off
        state.queue.returnRecords()
        _ = state.queue.dropBlocks()
      }
      forgetFile()
      return resumeWaiters()
    }
    reopen(&writer, replacing: damaged, isCertain: measure == .replace)
    guard let writer, let damaged else { return }
    if writer.isFileNew {
      state.withLock { $0.damageHistory.replaced(at: .now) }
    } else if writer.identity == damaged {
      log.write(
        .info, "The cache file \(file.directory.file) seemed to be damaged, but nothing is wrong with it.")
      state.withLock { $0.damageHistory.foundWhole(damaged, at: .now) }
    }
  }

  /// Opens the file again, or another one; without a writer where that cannot be.
  func reopen(
    _ writer: inout CacheWriter?, replacing damaged: CacheDirectory.FileIdentity? = nil,
    isCertain: Bool = true
  ) {
    writer = attempt { () throws(Failure) in try reopened(replacing: damaged, isCertain: isCertain) }
    forgetFile()
    if writer != nil { whenAnotherFile.withLock { $0 }?() }
  }

  func reopened(
    replacing damaged: CacheDirectory.FileIdentity? = nil, isCertain: Bool = true
  ) throws(Failure) -> CacheWriter {
    let opened: CacheFile.Opened
    do { opened = try file.open(replacing: damaged, isCertain: isCertain) } catch { throw error.failure }
    return try writer(opened)
  }

  func writer(_ opened: CacheFile.Opened) throws(Failure) -> CacheWriter {
    do { return try CacheWriter(opened, turn: WriteTurn(path: file.directory.turn)) } catch {
      throw error.failure
    }
  }

  /// What the body gives; when it throws, caching is suspended.
  func attempt(_ body: () throws(Failure) -> CacheWriter) -> CacheWriter? {
    do {
      return try body()
    } catch {
      suspend(because: error)
      return nil
    }
  }

  /// A disk that is full takes a little each time it is tried, and then fails again: it works only once it has done so
  /// for longer than that.
  func tellOfSuccess() {
    guard state.withLock({ $0.noteSuccess(after: retryAfter * 2) }) else { return }
    log.write(.info, "Caching goes on.")
  }

  /// Stores nothing for a while. The first time it says so.
  func suspend(because failure: Failure) {
    let (isNews, dropped) = state.withLock { state in
      let isNews = state.noteTrouble(.failing)
      if state.status != .off { state.status = .suspended(until: .now + retryAfter) }
      state.queue.returnRecords()
      state.firstChange = nil
      return (isNews, state.queue.dropBlocks())
    }
    if isNews { log.write(.warning, "Caching is suspended: \(failure) [\(failure.site)]") }
    presence.withLock { known in
      for block in dropped { known.remove(block.index, of: block.binary) }
    }
    resumeWaiters()
  }

  func resume() {
    state.withLock { state in
      state.status = .on
      if state.queue.hasChanges { state.firstChange = .now }
    }
    forgetFile()
    whenAnotherFile.withLock { $0 }?()
  }

  /// The file is another one: nothing is known about what it holds, and connections to the old one are of no use.
  private func forgetFile() {
    presence.withLock { $0.removeAll() }
    knownGroups.withLock { $0.removeAll() }
    pool.reset()
  }
}
