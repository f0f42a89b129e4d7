/// When a request that met a passing fault is sent again. A value: one for each request.
struct RetryPolicy: Sendable {
  /// How many more tries there may be.
  private(set) var retriesLeft = 4
  /// Seconds before the next try, doubled each time.
  private var pause = 0.5
  /// No try begins later than this many seconds after the first.
  private let longest: Double

  init(longest: Double = 20) { self.longest = longest }

  /// Seconds to wait before the next try, or nil to give up.
  ///
  /// `demanded` is what the server asked for, in seconds; `elapsed` the seconds since the first try; `chance` a random
  /// number of 0 to 1 that keeps many clients from returning at the same moment.
  mutating func nextDelay(demanded: Double?, elapsed: Double, chance: Double) -> Double? {
    guard retriesLeft > 0 else { return nil }
    let delay = max(pause * (0.5 + 0.5 * chance), demanded ?? 0)
    guard elapsed + delay <= longest else { return nil }
    retriesLeft -= 1
    pause *= 2
    return delay
  }
}
