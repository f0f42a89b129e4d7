import Testing

@testable import FUSNet

struct TransferPaceTests {
  private var pace = TransferPace()

  @Test mutating func nothingIsKnownBeforeItBegins() {
    #expect(pace.last == nil)
    pace.began(at: 5)
    #expect(pace.last == 5)
  }

  @Test mutating func aByteASecondIsNoStep() {
    pace.began(at: 0)
    for second in 1...4095 { pace.came(bytes: 1, at: Double(second)) }
    #expect(pace.last == 0)
    pace.came(bytes: 1, at: 4096)
    #expect(pace.last == 4096)
  }

  @Test mutating func eachStepNeedsItsBytes() {
    pace.began(at: 0)
    pace.came(bytes: 100_000, at: 1)
    pace.came(bytes: 4095, at: 2)
    #expect(pace.last == 1)
    pace.came(bytes: 1, at: 3)
    #expect(pace.last == 3)
  }
}
