import Testing

@testable import FUSFSCore

struct DamageHistoryTests {
  private let file = CacheDirectory.FileIdentity(device: 1, database: 2, blocks: 3)
  private let other = CacheDirectory.FileIdentity(device: 1, database: 4, blocks: 5)
  private let start = SuspendingClock.now

  @Test func aFileIsExaminedUnlessItWasFoundWholeAMomentAgo() {
    var history = DamageHistory(moment: .seconds(10))
    #expect(history.measure(for: file, at: start) == .examine)
    history.foundWhole(file, at: start)
    #expect(history.measure(for: other, at: start) == .examine)
    #expect(history.measure(for: nil, at: start) == .examine)
    #expect(history.measure(for: file, at: start + .seconds(9)) == .replace)
    #expect(history.measure(for: file, at: start + .seconds(10)) == .examine)
  }

  @Test func falseAlarmsDoNotCount() {
    var history = DamageHistory(moment: .seconds(10))
    for minute in 0..<100 {
      let now = start + .seconds(60 * minute)
      #expect(history.measure(for: file, at: now) == .examine)
      history.foundWhole(file, at: now)
    }
  }

  @Test func filesAreReplacedOnlySoOftenInAnHour() {
    var history = DamageHistory()
    for minute in 0..<DamageHistory.mostReplacements {
      let now = start + .seconds(60 * minute)
      #expect(history.measure(for: file, at: now) == .examine)
      history.replaced(at: now)
    }
    #expect(history.measure(for: file, at: start + .seconds(3599)) == .giveUp)
    #expect(history.measure(for: file, at: start + .seconds(3600)) == .examine)
  }
}
