/// How many downloads at once bring most, found out by trying: a server that limits each connection is asked by many, one
/// that limits all of them together by few. Pure; times are seconds on a clock of the caller's.
///
/// ```
///   connections 8 ──────────────┐          ┌────────── back: fewer brought less; the next trial comes later
///               6               └─ trial ──┘
///                 steady windows   a window             or it stays, if they brought as much
/// ```
/// Only windows count in which all downloads were busy that were allowed: what a reader leaves unused says nothing. Of
/// two connections and fewer that cannot be told, and a trial that brings nothing does no harm.
struct ConnectionTrials {
  private enum Phase {
    /// A trial comes after so many windows.
    case steady(windowsLeft: Int)
    /// With another number than `from`, which brought `rate`.
    case trial(from: Int, rate: Double)
  }

  private struct Window {
    var start: Double
    var last: Double
    var bytes = 0
    var arrivals = 0
  }

  private static let windowSeconds = 1.0
  /// A pause that no busy link makes.
  private static let longestGap = 5.0
  /// Steady windows before the first trial; twice as many after each that brought nothing. On most links that is all of
  /// them, and a trial costs what it leaves idle.
  private static let firstPatience = 30
  /// Steady windows after one that brought something.
  private static let shortestPatience = 10
  private static let longestPatience = 320
  /// Which part of the connections are tried without, and which besides.
  private static let fewerStep = 8
  private static let moreStep = 4
  /// What fewer must bring at least, and more, to be kept.
  private static let asMuch = 0.97
  private static let more = 1.05

  private let maximum: Int
  private(set) var connections: Int
  private var phase = Phase.steady(windowsLeft: Self.firstPatience)
  private var patience = Self.firstPatience
  private var triesFewer = true
  private var window: Window?
  /// Bytes a second of the newest steady window.
  private var rate: Double?
  /// What fewer connections are compared with: the rate before the first of them was given up.
  private var reference = 0.0

  init(maximum: Int) {
    self.maximum = max(1, maximum)
    connections = self.maximum
  }

  /// Bytes have come while `active` downloads ran.
  mutating func received(_ bytes: Int, active: Int, at now: Double) {
    // One may always be kept free for readers.
    let isBusy = active >= max(1, connections - 1) && active <= connections
    guard isBusy, var current = window, now - current.last <= Self.longestGap else {
      window = isBusy ? Window(start: now, last: now) : nil
      return
    }
    current.last = now
    current.bytes += bytes
    current.arrivals += 1
    let seconds = now - current.start
    guard seconds >= Self.windowSeconds, current.arrivals >= 2 * connections else {
      window = current
      return
    }
    window = Window(start: now, last: now)
    ended(with: Double(current.bytes) / seconds)
  }

  private mutating func ended(with new: Double) {
    switch phase {
    case .steady(let windowsLeft):
      if let rate, new > 2 * rate || new < rate / 2 {
        // Another link, as it were: what was learnt of the one before is worth nothing.
        patience = Self.shortestPatience
        reference = 0
      }
      rate = new
      let left = min(windowsLeft, patience)
      if left > 1 { phase = .steady(windowsLeft: left - 1) } else { beginTrial(new) }
    case .trial(let from, let rate):
      endTrial(from: from, rate, with: new)
    }
  }

  private mutating func beginTrial(_ rate: Double) {
    guard maximum > 1 else { return }
    if connections == maximum { triesFewer = true }
    if connections == 1 { triesFewer = false }
    phase = .trial(from: connections, rate: rate)
    if connections == maximum || reference == 0 { reference = rate }
    connections =
      triesFewer
      ? connections - max(1, connections / Self.fewerStep)
      : min(maximum, connections + max(1, connections / Self.moreStep))
    window = nil
  }

  private mutating func endTrial(from: Int, _ rate: Double, with new: Double) {
    let isKept = triesFewer ? new >= Self.asMuch * max(rate, reference) : new >= Self.more * rate
    if isKept {
      patience = Self.shortestPatience
      self.rate = new
      if !triesFewer { reference = new }
    } else {
      connections = from
      patience = min(2 * patience, Self.longestPatience)
      triesFewer.toggle()
    }
    phase = .steady(windowsLeft: patience)
    window = nil
  }
}
