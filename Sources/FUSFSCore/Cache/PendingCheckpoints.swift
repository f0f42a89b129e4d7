import FirmwareFormats

/// Changes of checkpoints that wait to be written, the newest of each row only.
struct PendingCheckpoints {
  enum Change {
    case keep(Checkpoint)
    case delete

    /// About what it takes in memory.
    var byteCount: Int {
      switch self {
      case .keep(let checkpoint): checkpoint.rowBytes
      case .delete: 64
      }
    }
  }

  /// Streams that lose all checkpoints in the file, before any changes are made.
  private(set) var removed: Set<StreamID> = []
  /// By the plain bytes before the checkpoint.
  private(set) var changes: [StreamID: [UInt64: Change]] = [:]
  /// Bytes in all changes.
  private(set) var byteCount = 0

  var isEmpty: Bool { removed.isEmpty && changes.isEmpty }

  mutating func change(_ output: UInt64, of stream: StreamID, to change: Change) {
    let earlier = changes[stream, default: [:]].updateValue(change, forKey: output)
    byteCount += change.byteCount - (earlier?.byteCount ?? 0)
  }

  mutating func removeAll(of stream: StreamID) {
    for change in (changes.removeValue(forKey: stream) ?? [:]).values { byteCount -= change.byteCount }
    removed.insert(stream)
  }

  /// What becomes of a row; nil if it stays as it is.
  func change(_ output: UInt64, of stream: StreamID) -> Change? {
    changes[stream]?[output] ?? (removed.contains(stream) ? .delete : nil)
  }

  /// These changes, after earlier ones.
  func following(_ earlier: PendingCheckpoints) -> PendingCheckpoints {
    var all = earlier
    for stream in removed { all.removeAll(of: stream) }
    for (stream, changes) in changes {
      for (output, change) in changes { all.change(output, of: stream, to: change) }
    }
    return all
  }

  /// A stream's outputs in the file, as they are once the changes are written.
  func applied(to outputs: [UInt64], of stream: StreamID) -> OffsetSet {
    let isRemoved = removed.contains(stream)
    guard let changes = changes[stream] else { return isRemoved ? OffsetSet() : OffsetSet(outputs) }
    var kept = isRemoved ? [] : Set(outputs)
    for (output, change) in changes {
      switch change {
      case .keep: kept.insert(output)
      case .delete: kept.remove(output)
      }
    }
    return OffsetSet(kept)
  }
}
