import Primitives

/// What the writer's thread and all others share.
struct WriterState {
  enum Status: Equatable {
    case on
    /// The disk or the file could not be written; it is tried again then.
    case suspended(until: SuspendingClock.Instant)
    /// For good.
    case off
  }

  var status: Status
  var queue = WriteQueue()
  /// When the first change came that is not taken yet.
  var firstChange: SuspendingClock.Instant?
  var lastTouchWrite = SuspendingClock.now
  var roomWaiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
  var nextWaiter: UInt64 = 0
  var flushWaiters: [(number: UInt64, continuation: CheckedContinuation<Void, Never>)] = []
  var hasWriter = false
  var opened: CacheFile.Opened?
  var isClosing = false
  /// The generation of the file, as `ReadPool` counts them, that a reader found damaged last.
  var damagedGeneration = -1
  var damageHistory = DamageHistory()
  /// What the log says of the disk last, and when that was so last; nil if it says that it works.
  var lastTrouble: (trouble: Trouble, at: SuspendingClock.Instant)?
  /// When the disk last did not keep up.
  private var lastSlowness: SuspendingClock.Instant?
  var saidNoRoom = false

  init(status: Status, lastSlowness: SuspendingClock.Instant? = nil) {
    self.status = status
    self.lastSlowness = lastSlowness
  }

  enum Trouble {
    /// It does not keep up, so that not all is kept.
    case slow
    /// It fails, so that nothing is.
    case failing
  }

  /// After so long without it a trouble is another one.
  private static let troubleLifetime = Duration.seconds(600)

  /// Notes that the disk has a trouble; true if the log does not say so yet, nor anything worse.
  mutating func noteTrouble(_ trouble: Trouble) -> Bool {
    let now = SuspendingClock.now
    if trouble == .slow { lastSlowness = now }
    guard let last = lastTrouble, now - last.at < Self.troubleLifetime else {
      lastTrouble = (trouble, now)
      return true
    }
    let isWorse = trouble == .failing && last.trouble == .slow
    lastTrouble = (isWorse ? trouble : last.trouble, now)
    return isWorse
  }

  /// Notes that blocks were written; true if the disk has not failed for so long that the log is to say that it works.
  mutating func noteSuccess(after pause: Duration) -> Bool {
    guard let last = lastTrouble, SuspendingClock.now - last.at >= pause else { return false }
    lastTrouble = nil
    return true
  }

  /// Whether blocks that are stored are written, sooner or later.
  var isKeeping: Bool { status == .on && !saidNoRoom }

  /// Whether all blocks that are stored can be expected to be there later, however fast they come: one that was too slow
  /// once may be so again.
  var isKeepingAll: Bool {
    isKeeping && (lastSlowness.map { .now - $0 >= Self.troubleLifetime } ?? true)
  }

  /// Whether no more waits to be written than may, or nothing is written at all.
  func hasRoom(backlogLimit: Int) -> Bool { status != .on || queue.backlog <= backlogLimit }

  /// Those who need not wait any longer.
  mutating func takeReadyWaiters(backlogLimit: Int) -> [CheckedContinuation<Void, Never>] {
    var ready: [CheckedContinuation<Void, Never>] = []
    if hasRoom(backlogLimit: backlogLimit) {
      ready += roomWaiters.values
      roomWaiters = [:]
    }
    let done = status == .on ? queue.doneNumber : .max
    ready += flushWaiters.filter { $0.number <= done }.map(\.continuation)
    flushWaiters.removeAll { $0.number <= done }
    return ready
  }
}
