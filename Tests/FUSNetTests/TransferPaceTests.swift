import Testing

@testable import FUSNet

struct TransferPaceTests {
  private var pace = TransferPace()
  private let start = SuspendingClock.now

  @Test mutating func nothingIsKnownBeforeItBegins() {
    #expect(pace.last == nil)
    pace.began(at: start)
    #expect(pace.last == start)
  }

  @Test mutating func aByteASecondIsNoStep() {
    pace.began(at: start)
    for second in 1...4095 { pace.came(bytes: 1, at: start + .seconds(second)) }
    #expect(pace.last == start)
    pace.came(bytes: 1, at: start + .seconds(4096))
    #expect(pace.last == start + .seconds(4096))
  }

  @Test mutating func eachStepNeedsItsBytes() {
    pace.began(at: start)
    pace.came(bytes: 100_000, at: start + .seconds(1))
    pace.came(bytes: 4095, at: start + .seconds(2))
    #expect(pace.last == start + .seconds(1))
    pace.came(bytes: 1, at: start + .seconds(3))
    #expect(pace.last == start + .seconds(3))
  }
}
