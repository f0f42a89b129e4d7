/// How long to wait before a job is tried again, and when to stop trying. Pure.
///
/// The wait doubles from a tenth of a second to four seconds while no block arrives; each that does starts the
/// count, and the patience, anew.
struct RetryAttempt {
  private static let firstDelay = Duration.milliseconds(100)
  private static let longestDelay = Duration.seconds(4)

  private let patience: Duration
  private var failures = 0
  private(set) var lastProgress: SuspendingClock.Instant

  init(patience: Duration, start: SuspendingClock.Instant) {
    self.patience = patience
    lastProgress = start
  }

  mutating func progressed(at now: SuspendingClock.Instant) {
    failures = 0
    lastProgress = now
  }

  /// How long to wait after one more failure, or nil when the patience would be over by then.
  ///
  /// - Parameters:
  ///   - jitter: 0.5…1, so that many clients do not come back at once.
  ///   - atLeast: what the server asked for.
  mutating func delay(
    at now: SuspendingClock.Instant, jitter: Double, atLeast minimum: Duration = .zero
  ) -> Duration? {
    failures += 1
    let doubled = Self.firstDelay * (1 << min(failures - 1, 6))
    let delay = max(min(doubled, Self.longestDelay) * jitter, minimum)
    return lastProgress + patience >= now + delay ? delay : nil
  }
}
