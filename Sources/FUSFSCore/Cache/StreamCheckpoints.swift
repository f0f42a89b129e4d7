package import FirmwareFormats
import Primitives

/// The checkpoints of one packed stream, kept in the cache.
///
/// Where they are is held in memory, 8 bytes each, and is a hint: reading one is what counts.
/// ```
///  keep ──▸ WriteQueue ──▸ writer thread ──▸ table `checkpoint`
///      └──▸ CheckpointMemory, when the queue takes nothing: the cache is read-only, off, or its disk full for long
/// ```
package final class StreamCheckpoints: CheckpointStore {
  private struct State {
    var outputs = OffsetSet()
    /// When the file is to be asked what it has; nil: it has told.
    var loadAfter: SuspendingClock.Instant? = .now
    /// Counts the changes of all kinds, and those that removed all.
    var changes = 0
    var removals = 0
    /// The file has checkpoints that are known to be wrong and cannot be removed.
    var ignoresFile = false
  }

  private let stream: StreamID
  private let cache: BlockCache
  private let state = Locked(State())

  init(of stream: StreamID, in cache: BlockCache) {
    self.stream = stream
    self.cache = cache
  }

  package func checkpoint(atOrBefore output: UInt64) -> Checkpoint? {
    loadIfDue()
    var isFresh = false
    var damaged = 0
    defer { if damaged > 0 { tell(damaged) } }
    // Each turn forgets an output or reads them all anew, once.
    while let position = state.withLock({ $0.outputs.last(atOrBefore: output) }) {
      switch lookUp(position) {
      case .found(let checkpoint): return checkpoint
      case .damaged:
        damaged += 1
        forget(position)
      case .gone:
        if isFresh { forget(position) } else { load() }
        isFresh = true
      case .unreadable: return lastInMemory(atOrBefore: position)
      }
    }
    return nil
  }

  package func position(atOrBefore output: UInt64) -> UInt64? {
    loadIfDue()
    return state.withLock { $0.outputs.last(atOrBefore: output) }
  }

  package func hasCheckpoint(in outputs: Range<UInt64>) -> Bool {
    loadIfDue()
    return state.withLock { $0.outputs.intersects(outputs) }
  }

  package func keep(_ checkpoint: Checkpoint) {
    guard cache.keep(checkpoint, of: stream) else { return }
    state.withLock { state in
      state.outputs.insert(checkpoint.output)
      state.changes += 1
    }
  }

  package func removeAll() {
    let isRemoved = stream.binary.grid == nil || cache.removeCheckpoints(of: stream)
    cache.checkpointMemory.withLock { $0.removeAll(of: stream) }
    state.withLock { state in
      state.outputs = OffsetSet()
      state.loadAfter = nil
      state.changes += 1
      state.removals += 1
      state.ignoresFile = state.ignoresFile || !isRemoved
    }
  }

  private func lookUp(_ position: UInt64) -> BlockCache.CheckpointLookup {
    guard state.withLock({ $0.ignoresFile }) else { return cache.checkpoint(at: position, of: stream) }
    return cache.checkpointInMemory(at: position, of: stream).map { .found($0) } ?? .gone
  }

  private func lastInMemory(atOrBefore output: UInt64) -> Checkpoint? {
    let outputs = cache.outputs(of: stream, ignoringFile: true).outputs
    return outputs.last(atOrBefore: output).flatMap { cache.checkpointInMemory(at: $0, of: stream) }
  }

  private func tell(_ damaged: Int) {
    cache.log.write(
      .warning,
      "\(damaged) checkpoints of \(stream.name) in \(stream.binary.name) were damaged and are dropped.")
  }

  private func forget(_ output: UInt64) {
    state.withLock { $0.outputs.remove(output) }
  }

  private func loadIfDue() {
    let now = SuspendingClock.now
    if state.withLock({ $0.loadAfter.map { $0 <= now } ?? false }) { load() }
  }

  /// Learns where the stream's checkpoints are.
  private func load() {
    let (changes, removals, ignoresFile) = state.withLock { ($0.changes, $0.removals, $0.ignoresFile) }
    let (loaded, isWhole) = cache.outputs(of: stream, ignoringFile: ignoresFile)
    let retry = SuspendingClock.now + cache.retryAfter
    state.withLock { state in
      guard state.removals == removals else { return }
      if isWhole && state.changes == changes {
        state.outputs = loaded
      } else {
        // Some may have come since, or are not to be seen now.
        for output in loaded.offsets { state.outputs.insert(output) }
      }
      state.loadAfter = isWhole ? nil : retry
    }
  }
}
