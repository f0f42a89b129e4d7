import Testing

@testable import FUSFSCore

struct RequestSizeTests {
  private func blocks(pause: Double, rate: Double) -> Int {
    var size = RequestSize()
    for _ in 0..<30 { size.ended(pause: pause, bytes: 8 << 20, seconds: Double(8 << 20) / rate) }
    return size.blocks
  }

  @Test func theyAreThirtyTimesAsLongAsThePause() {
    #expect(blocks(pause: 0.03, rate: 10e6) == 34)
    #expect(blocks(pause: 0.15, rate: 3e6) == 51)
  }

  @Test func theyAreNeitherTinyNorHuge() {
    #expect(blocks(pause: 0.0001, rate: 1e8) == 4)
    #expect(blocks(pause: 10, rate: 1e9) == 512)
    #expect(blocks(pause: 0, rate: 1) == 4)
    #expect(RequestSize().blocks == 10)
  }

  @Test func shortRequestsSayNothingOfTheRate() {
    var size = RequestSize()
    size.ended(pause: 0.03, bytes: 4096, seconds: 0.000_001)
    #expect(size.blocks == 10)
    size.ended(pause: 0.03, bytes: 1 << 20, seconds: 0)
    #expect(size.blocks == 10)
  }
}
