/// How many downloads may run at once: as many as bring more bytes; fewer after the server said "too many", one more again
/// after each run of successes. Pure; times are seconds on a clock of the caller's.
struct ConnectionLimit {
  private static let successesToGrow = 8
  /// Whatever the server asks for, after so many seconds one download tries whether it still means it.
  private static let longestPause = 10.0

  private let maximum: Int
  private var current: Int
  private var trials: ConnectionTrials
  private var successes = 0
  private var notBefore = 0.0

  init(maximum: Int) {
    self.maximum = max(1, maximum)
    current = self.maximum
    trials = ConnectionTrials(maximum: maximum)
  }

  /// How many downloads may be under way at this time; 0 while cooling down.
  func allowed(at now: Double) -> Int { now < notBefore ? 0 : min(current, trials.connections) }

  /// Bytes have come while `active` downloads ran.
  mutating func received(_ bytes: Int, active: Int, at now: Double) {
    trials.received(bytes, active: active, at: now)
  }

  /// When the cool-down ends, if one is on.
  func coolDownEnd(at now: Double) -> Double? { now < notBefore ? notBefore : nil }

  /// The server asked for a pause of `seconds` while `active` downloads ran.
  mutating func refused(for seconds: Double, active: Int, at now: Double) {
    notBefore = max(notBefore, now + min(max(0, seconds), Self.longestPause))
    current = max(1, min(current, active - 1))
    successes = 0
  }

  mutating func succeeded() {
    guard current < maximum else { return }
    successes += 1
    if successes >= Self.successesToGrow {
      current += 1
      successes = 0
    }
  }
}
