import FirmwareFormats
import Primitives

/// A stream's checkpoints, as long as anybody uses them.
struct WeakStream {
  weak var checkpoints: StreamCheckpoints?
}

extension BlockCache {
  enum CheckpointLookup {
    case found(Checkpoint)
    case gone
    /// It was, and is removed.
    case damaged
    /// The file cannot be read.
    case unreadable
  }

  /// The checkpoints of a packed stream in the binary; `stream` is its path, such as `AP_x.tar.md5/boot.img.lz4`.
  package func checkpoints(of binary: BinaryID, stream: String) -> StreamCheckpoints {
    let id = StreamID(binary: binary, name: stream)
    return streams.withLock { streams in
      if let known = streams[id]?.checkpoints { return known }
      streams = streams.filter { $0.value.checkpoints != nil }
      let checkpoints = StreamCheckpoints(of: id, in: self)
      streams[id] = WeakStream(checkpoints: checkpoints)
      return checkpoints
    }
  }

  /// Keeps a checkpoint: in the file, or in memory where that cannot be. False if it is none that can be kept.
  func keep(_ checkpoint: Checkpoint, of stream: StreamID) -> Bool {
    guard checkpoint.fitsARow else { return false }
    let isQueued =
      stream.binary.grid != nil
      && change(checkpoint: checkpoint.output, of: stream, to: .keep(checkpoint))
    if !isQueued { checkpointMemory.withLock { $0.insert(checkpoint, of: stream) } }
    return true
  }

  /// Keeps in memory what the writer could not store and has not finished yet.
  func remember(_ pending: PendingCheckpoints) {
    checkpointMemory.withLock { memory in
      for (stream, changes) in pending.changes where !state.withLock({ $0.queue.isRemoved(stream) }) {
        for case .keep(let checkpoint) in changes.values { memory.insert(checkpoint, of: stream) }
      }
    }
  }

  /// The checkpoint after just so many plain bytes. It may read the disk.
  func checkpoint(at output: UInt64, of stream: StreamID) -> CheckpointLookup {
    if let held = checkpointInMemory(at: output, of: stream) { return .found(held) }
    guard stream.binary.grid != nil else { return .gone }
    if case .delete = state.withLock({ $0.queue.pending(checkpoint: output, of: stream) }) { return .gone }
    let lookup = read { (reader) throws(SQLiteError) -> CheckpointLookup in
      switch try reader.checkpoint(at: output, of: stream) {
      case .success(let checkpoint): .found(checkpoint)
      case .failure: .damaged
      case nil: .gone
      }
    }
    if case .damaged = lookup { _ = change(checkpoint: output, of: stream, to: .delete) }
    return lookup ?? .unreadable
  }

  /// The same, of those that are not only in the file.
  func checkpointInMemory(at output: UInt64, of stream: StreamID) -> Checkpoint? {
    if case .keep(let checkpoint) = state.withLock({ $0.queue.pending(checkpoint: output, of: stream) }) {
      return checkpoint
    }
    return checkpointMemory.withLock { $0.checkpoint(at: output, of: stream) }
  }

  /// Plain bytes before each of the stream's checkpoints, wherever they are kept, and whether the file could be read.
  func outputs(of stream: StreamID, ignoringFile: Bool) -> (outputs: OffsetSet, isWhole: Bool) {
    // The queue first: what is committed in between is then found twice, not missed.
    let pending = state.withLock { $0.queue.pendingCheckpoints }
    var stored: [UInt64]? = []
    if stream.binary.grid != nil && !ignoringFile {
      stored = read { (reader) throws(SQLiteError) in try reader.outputs(of: stream) }
    }
    var outputs = pending.applied(to: stored ?? [], of: stream)
    for output in checkpointMemory.withLock({ $0.outputs(of: stream) }) { outputs.insert(output) }
    return (outputs, stored != nil)
  }
}
