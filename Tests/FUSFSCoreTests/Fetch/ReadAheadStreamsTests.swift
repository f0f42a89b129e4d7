import TestSupport
import Testing

@testable import FUSFSCore

struct ReadAheadStreamsTests {
  private static func reach(window: UInt32 = 64, connections: UInt32 = 8, piece: UInt32 = 16) -> Reach {
    Reach(connections: connections, piece: piece, least: 1, window: window)
  }

  @Test func firstReadFetchesNothingAhead() {
    var streams = ReadAheadStreams(blockCount: 1000)
    #expect(streams.advice(afterReading: 0..<1) { Self.reach() } == nil)
  }

  @Test func windowGrowsWithWhatHasBeenRead() {
    var streams = ReadAheadStreams(blockCount: 10_000)
    var ends: [UInt32] = []
    for block in UInt32(0)..<200 {
      if let advice = streams.advice(afterReading: block..<block + 1, reach: { Self.reach(connections: 1) }) {
        ends.append(advice.upperBound)
      }
    }
    #expect(ends.first == 4)
    #expect(zip(ends, ends.dropFirst()).allSatisfy { $0 < $1 })
    #expect(ends.last.map { $0 > 200 && $0 <= 200 + 64 } == true)
  }

  @Test func whoStopsEarlyHasCausedLittleMore() {
    for length in UInt32(1)..<100 {
      var streams = ReadAheadStreams(blockCount: 10_000)
      var fetched = length
      for block in 0..<length {
        if let advice = streams.advice(
          afterReading: block..<block + 1, reach: { Self.reach(window: 128, piece: 64) })
        {
          fetched = max(fetched, advice.upperBound)
        }
      }
      let times = length < 4 ? 2 : length < 6 ? 3 : 9 as UInt32
      #expect(fetched <= min(times * length + 1, length + 128))
    }
  }

  @Test func aLinkOfWhichMuchIsOnTheWayIsFilledAtOnce() {
    var streams = ReadAheadStreams(blockCount: 10_000)
    let reach = Reach(connections: 8, piece: 64, least: 10, window: 1024)
    for block in UInt32(0)..<5 { _ = streams.advice(afterReading: block..<block + 1) { reach } }
    let advice = streams.advice(afterReading: 5..<6) { reach }
    #expect((advice?.upperBound ?? 0) > 6 + 2 * 80 - 10)
  }

  @Test func everyBlockOfASequentialReadIsAdvisedOnce() {
    var streams = ReadAheadStreams(blockCount: 500)
    var advised: [UInt32: Int] = [:]
    for block in UInt32(0)..<500 {
      guard let advice = streams.advice(afterReading: block..<block + 1, reach: { Self.reach() }) else {
        continue
      }
      #expect(advice.lowerBound > block)
      for index in advice { advised[index, default: 0] += 1 }
    }
    #expect(advised.values.allSatisfy { $0 == 1 })
    #expect(advised[499] == 1)
    #expect(advised.count >= 495)
  }

  @Test func reachIsAskedForOnlyWhereAWindowMayGrow() {
    var streams = ReadAheadStreams(blockCount: 100_000)
    var asked = 0
    for block in UInt32(0)..<4000 {
      // As the kernel asks: each block in two requests.
      for _ in 0..<2 {
        _ = streams.advice(afterReading: block..<block + 1) {
          asked += 1
          return Reach(connections: 8, piece: 64, least: 4, window: 1024)
        }
      }
    }
    #expect(asked < 4000 / 4)
    asked = 0
    for block in stride(from: UInt32(50_000), to: 90_000, by: 100) {
      _ = streams.advice(afterReading: block..<block + 1) {
        asked += 1
        return Self.reach()
      }
    }
    #expect(asked == 0)
  }

  @Test func randomReadsFetchNothingAhead() {
    var generator = SplitMix(seed: 7)
    var streams = ReadAheadStreams(blockCount: 1_000_000)
    let advised = (0..<200).count { _ in
      let block = UInt32.random(in: 0..<999_999, using: &generator)
      return streams.advice(afterReading: block..<block + 1) { Self.reach() } != nil
    }
    #expect(advised == 0)
  }

  @Test func unorderedRequestsOfOneStreamKeepIt() {
    var streams = ReadAheadStreams(blockCount: 1000)
    var furthest: UInt32 = 0
    for base in stride(from: UInt32(0), to: 400, by: 4) {
      for block in [base + 1, base, base + 3, base + 2] {
        if let advice = streams.advice(
          afterReading: block..<block + 1, reach: { Self.reach(window: 32, connections: 4) })
        {
          furthest = max(furthest, advice.upperBound)
        }
      }
    }
    #expect(furthest > 420)
  }

  /// The second begins a little ahead of the first, within what is fetched for that one: neither takes the other's
  /// window, and each is followed to the end.
  @Test(arguments: [20, 60, 5000]) func twoReadersHaveAStreamEach(distance: UInt32) {
    var streams = ReadAheadStreams(blockCount: 10_000)
    var ends: [UInt32] = [0, 0]
    for step in UInt32(0)..<400 {
      for (reader, start) in [0, distance].enumerated() where reader == 0 || step >= 100 {
        let block = step - (reader == 0 ? 0 : 100) + start + (reader == 0 ? 0 : 100)
        if let advice = streams.advice(afterReading: block..<block + 1, reach: { Self.reach() }) {
          ends[reader] = advice.upperBound
          #expect(advice.upperBound <= block + 1 + 64)
        }
      }
    }
    #expect(ends[0] > 400 && ends[0] <= 400 + 64)
    #expect(ends[1] > 400 + distance && ends[1] <= 400 + distance + 64)
  }

  @Test func adviceStaysWithinTheBinary() {
    var streams = ReadAheadStreams(blockCount: 3)
    for block in UInt32(0)..<3 {
      if let advice = streams.advice(afterReading: block..<block + 1, reach: { Self.reach() }) {
        #expect(advice.upperBound <= 3)
      }
    }
  }
}
