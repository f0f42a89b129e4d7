import Primitives

// What other threads ask of the writer.
extension BlockCache {
  /// Records that wait while nothing can be written are given up beyond this.
  private static let recordBacklogLimit = 16 << 20

  /// Suspends while more bytes wait to be written than the limit given at `open`. Ends at once when cancelled.
  package func waitForRoom() async {
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mustWait = state.withLock { state in
          guard !state.hasRoom(backlogLimit: backlogLimit) else { return false }
          state.roomWaiters[id] = continuation
          return true
        }
        if !mustWait { continuation.resume() } else if Task.isCancelled { endWait(id) }
      }
    } onCancel: {
      endWait(id)
    }
  }

  /// The same, for some time at most: whether there is room.
  func waitForRoom(atMost time: Duration) async -> Bool {
    if hasRoom { return true }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.waitForRoom() }
      group.addTask { try? await Pause.sleep(for: time) }
      await group.next()
      group.cancelAll()
    }
    return hasRoom
  }

  private var hasRoom: Bool { state.withLock { $0.hasRoom(backlogLimit: backlogLimit) } }

  /// Says that readers get what is not kept, since the writer does not come back from the disk for so long.
  func noteSlowWriting() {
    guard state.withLock({ $0.noteTrouble(.slow) }) else { return }
    log.write(
      .warning, "The disk of the cache \(file.directory.path) is too slow: not all that is read is kept.")
  }

  private func endWait(_ id: UInt64) {
    state.withLock { $0.roomWaiters.removeValue(forKey: id) }?.resume()
  }

  /// Suspends until all that was stored before is committed or given up.
  package func flush() async {
    await withCheckedContinuation { continuation in
      let mustWait = state.withLock { state in
        guard state.status == .on, state.queue.doneNumber < state.queue.lastNumber else { return false }
        state.flushWaiters.append((state.queue.lastNumber, continuation))
        return true
      }
      if mustWait { wakeup.signal() } else { continuation.resume() }
    }
  }

  /// Downloads that were under way when the backlog reached its limit still deliver; beyond so many limits their blocks
  /// are not kept.
  static let limitsBeforeLoss = 4

  /// Whether blocks that are stored are written, sooner or later.
  var isKeeping: Bool { state.withLock(\.isKeeping) }

  /// Whether all of them can be expected to be there later, however fast they come.
  var isKeepingAll: Bool { state.withLock(\.isKeepingAll) }

  /// Whether the change was accepted.
  @discardableResult
  func change(_ change: WriteQueue.BlockChange, index: UInt32, of binary: BinaryID) -> Bool {
    let accepted = state.withLock { state in
      guard !state.isClosing else { return false }
      switch change {
      // What is wrong must go, whenever that is possible again.
      case .delete: guard state.status != .off else { return false }
      case .store:
        guard state.status == .on, state.queue.backlog <= Self.limitsBeforeLoss * backlogLimit else {
          return false
        }
      }
      state.queue.change(change, index: index, of: binary)
      if state.firstChange == nil { state.firstChange = .now }
      return true
    }
    if accepted { wakeup.signal() }
    return accepted
  }

  func change(_ record: WriteQueue.Record, to change: WriteQueue.RecordChange) {
    let accepted = state.withLock { state in
      guard state.status != .off, !state.isClosing,
        state.queue.waitingRecordBytes <= Self.recordBacklogLimit - change.byteCount
      else { return false }
      state.queue.change(record, to: change)
      if state.firstChange == nil { state.firstChange = .now }
      return true
    }
    if accepted { wakeup.signal() }
  }

  /// Whether the change was accepted.
  func change(checkpoint output: UInt64, of stream: StreamID, to change: PendingCheckpoints.Change) -> Bool {
    let accepted = state.withLock { state in
      guard state.status != .off, !state.isClosing,
        state.queue.waitingRecordBytes <= Self.recordBacklogLimit - change.byteCount
      else { return false }
      state.queue.change(checkpoint: output, of: stream, to: change)
      if state.firstChange == nil { state.firstChange = .now }
      return true
    }
    if accepted { wakeup.signal() }
    return accepted
  }

  /// Whether the change was accepted.
  func removeCheckpoints(of stream: StreamID) -> Bool {
    let accepted = state.withLock { state in
      guard state.status != .off, !state.isClosing else { return false }
      state.queue.removeCheckpoints(of: stream)
      if state.firstChange == nil { state.firstChange = .now }
      return true
    }
    if accepted { wakeup.signal() }
    return accepted
  }

  /// Notes that a group was read. The order of use is written now and then.
  func touch(_ group: Int64) {
    state.withLock { state in
      guard state.status == .on else { return }
      state.queue.touch(group)
    }
  }
}
