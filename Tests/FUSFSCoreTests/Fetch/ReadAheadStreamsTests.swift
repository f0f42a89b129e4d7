import TestSupport
import Testing

@testable import FUSFSCore

struct ReadAheadStreamsTests {
  @Test func firstReadFetchesNothingAhead() {
    var streams = ReadAheadStreams(blockCount: 1000, maximumWindow: 64, pieces: 8)
    #expect(streams.advice(afterReading: 0..<1) == nil)
  }

  @Test func windowGrowsWithWhatHasBeenRead() {
    var streams = ReadAheadStreams(blockCount: 10_000, maximumWindow: 64, pieces: 1)
    _ = streams.advice(afterReading: 0..<1)
    var ends: [UInt32] = []
    for block in UInt32(1)..<200 {
      if let advice = streams.advice(afterReading: block..<block + 1) {
        ends.append(advice.blocks.upperBound)
      }
    }
    #expect(ends.first == 4)
    #expect(zip(ends, ends.dropFirst()).allSatisfy { $0 < $1 })
    #expect(ends.last.map { $0 <= 200 + 64 } == true)
  }

  @Test func whoStopsEarlyHasCausedAtMostTwiceAsMuchAgain() {
    for length in UInt32(1)..<100 {
      var streams = ReadAheadStreams(blockCount: 10_000, maximumWindow: 128, pieces: 8)
      var fetched = length
      for block in 0..<length {
        if let advice = streams.advice(afterReading: block..<block + 1) {
          fetched = max(fetched, advice.blocks.upperBound)
        }
      }
      #expect(fetched <= (length < 4 ? 2 : 3) * length + 1)
    }
  }

  @Test func everyBlockOfASequentialReadIsAdvisedOnce() {
    var streams = ReadAheadStreams(blockCount: 500, maximumWindow: 64, pieces: 8)
    var advised: [UInt32: Int] = [:]
    for block in UInt32(0)..<500 {
      guard let advice = streams.advice(afterReading: block..<block + 1) else { continue }
      #expect(advice.blocks.lowerBound > block)
      for index in advice.blocks { advised[index, default: 0] += 1 }
    }
    #expect(advised.values.allSatisfy { $0 == 1 })
    #expect(advised[499] == 1)
    #expect(advised.count >= 495)
  }

  @Test func randomReadsFetchNothingAhead() {
    var generator = SplitMix(seed: 7)
    var streams = ReadAheadStreams(blockCount: 1_000_000, maximumWindow: 64, pieces: 8)
    let advised = (0..<200).count { _ in
      let block = UInt32.random(in: 0..<999_999, using: &generator)
      return streams.advice(afterReading: block..<block + 1) != nil
    }
    #expect(advised == 0)
  }

  @Test func unorderedRequestsOfOneStreamKeepIt() {
    var streams = ReadAheadStreams(blockCount: 1000, maximumWindow: 32, pieces: 4)
    var furthest: UInt32 = 0
    for base in stride(from: UInt32(0), to: 400, by: 4) {
      for block in [base + 1, base, base + 3, base + 2] {
        if let advice = streams.advice(afterReading: block..<block + 1) {
          furthest = max(furthest, advice.blocks.upperBound)
        }
      }
    }
    #expect(furthest > 420)
  }

  @Test func twoReadersHaveAStreamEach() {
    var streams = ReadAheadStreams(blockCount: 10_000, maximumWindow: 32, pieces: 4)
    var lower: UInt32 = 0
    var upper: UInt32 = 0
    for step in UInt32(0)..<100 {
      if let advice = streams.advice(afterReading: step..<step + 1) { lower = advice.blocks.upperBound }
      if let advice = streams.advice(afterReading: 5000 + step..<5001 + step) {
        upper = advice.blocks.upperBound
      }
    }
    #expect(lower > 110 && lower < 200)
    #expect(upper > 5110 && upper < 5200)
  }

  @Test func adviceStaysWithinTheBinary() {
    var streams = ReadAheadStreams(blockCount: 3, maximumWindow: 64, pieces: 8)
    for block in UInt32(0)..<3 {
      if let advice = streams.advice(afterReading: block..<block + 1) {
        #expect(advice.blocks.upperBound <= 3)
      }
    }
  }
}
