import Primitives

/// What the writer's thread and all others share.
struct WriterState {
  enum Status: Equatable {
    case on
    /// The disk or the file could not be written; it is tried again then.
    case suspended(until: ContinuousClock.Instant)
    /// For good.
    case off
  }

  var status: Status
  var queue = WriteQueue()
  /// When the first change came that is not taken yet.
  var firstChange: ContinuousClock.Instant?
  var lastTouchWrite = ContinuousClock.now
  var roomWaiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
  var nextWaiter: UInt64 = 0
  var flushWaiters: [(number: UInt64, continuation: CheckedContinuation<Void, Never>)] = []
  var hasWriter = false
  var opened: CacheFile.Opened?
  var isClosing = false
  /// The generation of the file, as `ReadPool` counts them, that a reader found damaged last.
  var damagedGeneration = -1
  var lastReadFailure: ContinuousClock.Instant?
  var saidNoRoom = false

  init(status: Status) { self.status = status }

  /// Those who need not wait any longer.
  mutating func takeReadyWaiters(backlogLimit: Int) -> [CheckedContinuation<Void, Never>] {
    var ready: [CheckedContinuation<Void, Never>] = []
    if status != .on || queue.backlog <= backlogLimit {
      ready += roomWaiters.values
      roomWaiters = [:]
    }
    let done = status == .on ? queue.doneNumber : .max
    ready += flushWaiters.filter { $0.number <= done }.map(\.continuation)
    flushWaiters.removeAll { $0.number <= done }
    return ready
  }
}
