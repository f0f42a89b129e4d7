import Testing

@testable import FUSFSCore

struct RetryAttemptTests {
  private let start = SuspendingClock.now

  @Test func delaysDoubleUpToFourSeconds() {
    var attempt = RetryAttempt(patience: .seconds(1000), start: start)
    let delays = (0..<8).map { _ in attempt.delay(at: start, jitter: 1) }
    #expect(
      delays == [100, 200, 400, 800, 1600, 3200, 4000, 4000].map { Duration.milliseconds($0) })
  }

  @Test func endsWhenThePatienceIsOver() {
    var attempt = RetryAttempt(patience: .seconds(1), start: start)
    #expect(attempt.delay(at: start + .milliseconds(500), jitter: 1) != nil)
    #expect(attempt.delay(at: start + .milliseconds(950), jitter: 1) == nil)
  }

  @Test func progressStartsItAnew() {
    var attempt = RetryAttempt(patience: .seconds(1), start: start)
    for _ in 0..<5 { _ = attempt.delay(at: start, jitter: 1) }
    attempt.progressed(at: start + .seconds(60))
    #expect(attempt.delay(at: start + .seconds(60), jitter: 1) == .milliseconds(100))
  }

  @Test func waitsAsLongAsTheServerAsks() {
    var attempt = RetryAttempt(patience: .seconds(60), start: start)
    #expect(attempt.delay(at: start, jitter: 0.5, atLeast: .seconds(7)) == .seconds(7))
  }
}
