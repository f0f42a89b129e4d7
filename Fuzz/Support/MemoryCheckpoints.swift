import FirmwareFormats
import Primitives

/// Checkpoints in memory.
final class MemoryCheckpoints: CheckpointStore {
  private let kept: Locked<[Checkpoint]>

  init(_ kept: [Checkpoint] = []) { self.kept = Locked(kept) }

  var all: [Checkpoint] { kept.withLock { $0 } }

  func checkpoint(atOrBefore output: UInt64) -> Checkpoint? {
    all.filter { $0.output <= output }.max { $0.output < $1.output }
  }

  func position(atOrBefore output: UInt64) -> UInt64? { checkpoint(atOrBefore: output)?.output }

  func hasCheckpoint(in outputs: Range<UInt64>) -> Bool { all.contains { outputs.contains($0.output) } }

  func keep(_ checkpoint: Checkpoint) { kept.withLock { $0.append(checkpoint) } }

  func removeAll() { kept.withLock { $0 = [] } }
}
