import FirmwareFormats
import Primitives

/// Checkpoints in memory, to be counted and spoilt.
final class MemoryCheckpoints: CheckpointStore {
  fileprivate struct State {
    var kept: [Checkpoint] = []
    var removals = 0
    var isClosed = false
  }

  private let state = Locked(State())

  init(_ kept: [Checkpoint] = []) { state.withLock { $0.kept = kept } }

  /// In order.
  var all: [Checkpoint] { state.withLock { $0.kept } }
  /// How often all were removed.
  var removals: Int { state.withLock { $0.removals } }

  /// Keeps none from now on.
  func close() { state.withLock { $0.isClosed = true } }

  /// Replaces each with what the body makes of it.
  func change(_ body: (Checkpoint) -> Checkpoint) {
    let changed = all.map(body)
    state.withLock { $0.kept = changed }
  }

  func checkpoint(atOrBefore output: UInt64) -> Checkpoint? {
    state.withLock { state in
      let index = state.index(after: output)
      return index > 0 ? state.kept[index - 1] : nil
    }
  }

  func position(atOrBefore output: UInt64) -> UInt64? { checkpoint(atOrBefore: output)?.output }

  func hasCheckpoint(in outputs: Range<UInt64>) -> Bool {
    guard !outputs.isEmpty, let last = position(atOrBefore: outputs.upperBound - 1) else { return false }
    return outputs.contains(last)
  }

  func keep(_ checkpoint: Checkpoint) {
    state.withLock { state in
      guard !state.isClosed else { return }
      state.kept.insert(checkpoint, at: state.index(after: checkpoint.output))
    }
  }

  func removeAll() {
    state.withLock { state in
      state.kept = []
      state.removals += 1
    }
  }
}

extension MemoryCheckpoints.State {
  /// Of the first one behind `output`.
  fileprivate func index(after output: UInt64) -> Int { kept.partitionPoint { $0.output <= output } }
}
