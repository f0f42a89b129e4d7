import FirmwareFormats

/// The newest checkpoints that could not be given to the writer, so that a mount seeks without a cache, too.
struct CheckpointMemory {
  private struct Key: Hashable {
    let stream: StreamID
    let output: UInt64
  }

  /// Bytes.
  private let limit: Int
  private var byteCount = 0
  private var checkpoints: [StreamID: [UInt64: Checkpoint]] = [:]
  /// Each once, the oldest first; those before `next` have gone.
  private var order: [Key] = []
  private var next = 0

  init(limit: Int) { self.limit = limit }

  mutating func insert(_ checkpoint: Checkpoint, of stream: StreamID) {
    let earlier = checkpoints[stream, default: [:]].updateValue(checkpoint, forKey: checkpoint.output)
    byteCount += checkpoint.rowBytes - (earlier?.rowBytes ?? 0)
    if earlier == nil { order.append(Key(stream: stream, output: checkpoint.output)) }
    while byteCount > limit, next < order.count {
      remove(order[next])
      next += 1
    }
    if next > order.count / 2 {
      order.removeFirst(next)
      next = 0
    }
  }

  func checkpoint(at output: UInt64, of stream: StreamID) -> Checkpoint? { checkpoints[stream]?[output] }

  func outputs(of stream: StreamID) -> [UInt64] { checkpoints[stream].map { Array($0.keys) } ?? [] }

  mutating func removeAll(of stream: StreamID) {
    guard let removed = checkpoints.removeValue(forKey: stream) else { return }
    for checkpoint in removed.values { byteCount -= checkpoint.rowBytes }
    order = order[next...].filter { $0.stream != stream }
    next = 0
  }

  private mutating func remove(_ key: Key) {
    guard let slot = checkpoints.index(forKey: key.stream),
      let removed = checkpoints.values[slot].removeValue(forKey: key.output)
    else { return }
    byteCount -= removed.rowBytes
    if checkpoints.values[slot].isEmpty { checkpoints.remove(at: slot) }
  }
}
