import Testing

@testable import FUSFSCore

/// Transfers of which each brings a number of bytes a second.
struct TransferWatchTests {
  private var watch = TransferWatch()
  private var bytes: [Int: Double] = [:]
  private var now = 0.0

  /// A second goes by; who is to be renewed then.
  private mutating func second(
    _ rates: [Int: Double], usual: Double = 1e6, pause: Double = 0.1, renewals: Int = 0
  )
    -> [Int]
  {
    now += TransferWatch.interval
    bytes = bytes.filter { rates[$0.key] != nil }
    for (id, rate) in rates { bytes[id, default: -rate] += rate }
    let transfers = bytes.mapValues { TransferWatch.Transfer(bytes: Int($0), renewals: renewals) }
    return watch.look(at: now, transfers, usualRate: usual, usualPause: pause)
  }

  @Test mutating func whatIsAsFastAsTheOthersIsLeftAlone() {
    for _ in 0..<100 { #expect(second([1: 1e6, 2: 0.9e6, 3: 0.2e6]) == []) }
  }

  @Test mutating func whatIsStuckWhileOthersAreNotIsRenewed() {
    var renewed: [Int] = []
    var seconds = 0
    while renewed.isEmpty, seconds < 10 {
      seconds += 1
      renewed = second([1: 1e6, 2: 0, 3: 1e6, 4: 1e4])
    }
    #expect(renewed == [2, 4])
    #expect(seconds == 3)
  }

  @Test mutating func aLongPauseIsWaitedFor() {
    for _ in 0..<20 { #expect(second([1: 1e6, 2: 0], pause: 5) == []) }
    #expect(second([1: 1e6, 2: 0], pause: 5) == [2])
  }

  @Test mutating func eachRenewalIsGivenMoreTime() {
    for renewals in 0..<8 {
      self = Self()
      var seconds = 0
      repeat { seconds += 1 } while second([1: 1e6, 2: 0], renewals: renewals).isEmpty && seconds < 1000
      #expect(seconds == 1 + (2 << min(renewals, 5)))
    }
  }

  @Test mutating func whereAllAreStuckOneIsTriedNowAndThen() {
    var times: [Double] = []
    for _ in 0..<60 {
      let renewed = second([1: 0, 2: 0, 3: 10])
      #expect(renewed.count <= 1)
      if !renewed.isEmpty { times.append(now) }
    }
    #expect(times == [3, 5, 9, 17, 33])
  }

  @Test mutating func whatBeganOnASlowLinkIsRenewedOnceOneIsFast() {
    for _ in 0..<10 { #expect(second([1: 1e4, 2: 1e4, 3: 1e4], usual: 1e4) == []) }
    _ = second([1: 1e4, 2: 1e4, 4: 1e6], usual: 1e4)
    _ = second([1: 1e4, 2: 1e4, 4: 1e6], usual: 1e4)
    #expect(second([1: 1e4, 2: 1e4, 4: 1e6], usual: 1e4) == [1, 2])
  }
}
