import TestSupport
import Testing

@testable import FUSFSCore

/// Trials over links that are computed, each connection of which brings a block after the other.
@Suite(.timeLimit(.minutes(10)))
struct ConnectionTrialsTests {
  /// A link in bytes a second.
  private struct Link {
    var each: Double
    var together: Double
    /// How much a block's time strays, as a part of it.
    var noise = 0.0

    func rate(_ connections: Int) -> Double { min(each * Double(connections), together) }
  }

  private static let block = 1 << 20

  /// What `seconds` of a busy link bring, in bytes a second.
  private static func run(
    _ trials: inout ConnectionTrials, _ link: Link, from start: Double, seconds: Double, seed: UInt64 = 1
  ) -> Double {
    var random = SplitMix(seed: seed)
    var now = start
    var blocks = 0
    while now < start + seconds {
      let active = trials.connections
      let pace = Double(block) / link.rate(active)
      now += pace * (1 + Double.random(in: -link.noise...link.noise, using: &random))
      blocks += 1
      trials.received(block, active: active, at: now)
    }
    return Double(blocks * block) / seconds
  }

  @Test(arguments: [0.0, 0.3], [1, 2, 8, 24]) func whereEachConnectionIsLimitedAllAreUsed(
    noise: Double, maximum: Int
  ) {
    var trials = ConnectionTrials(maximum: maximum)
    let link = Link(each: 5e6, together: 1e9, noise: noise)
    let rate = Self.run(&trials, link, from: 0, seconds: 600)
    #expect(rate > 0.95 * link.rate(maximum))
  }

  @Test(arguments: [1.0, 2, 4]) func whereAllTogetherAreLimitedFewAreUsed(enough: Double) {
    var trials = ConnectionTrials(maximum: 16)
    let link = Link(each: 10e6, together: enough * 10e6, noise: 0.02)
    _ = Self.run(&trials, link, from: 0, seconds: 600)
    let rate = Self.run(&trials, link, from: 600, seconds: 300)
    #expect(trials.connections <= Int(enough) + 2)
    #expect(rate > 0.9 * link.together)
  }

  @Test func aLinkThatChangesIsFollowed() {
    var trials = ConnectionTrials(maximum: 8)
    let (narrow, wide) = (Link(each: 10e6, together: 10e6), Link(each: 10e6, together: 1e9))
    _ = Self.run(&trials, narrow, from: 0, seconds: 300)
    #expect(trials.connections <= 3)
    _ = Self.run(&trials, wide, from: 300, seconds: 300)
    #expect(trials.connections >= 7)
    // A hundredth of that, and back.
    _ = Self.run(&trials, Link(each: 1e5, together: 1e7), from: 600, seconds: 600)
    #expect(Self.run(&trials, wide, from: 1200, seconds: 300) > 0.8 * wide.rate(8))
  }

  @Test func whatAReaderLeavesUnusedSaysNothing() {
    var trials = ConnectionTrials(maximum: 8)
    for second in 0..<10_000 {
      trials.received(Self.block, active: 1 + second % 5, at: Double(second) / 10)
    }
    #expect(trials.connections == 8)
  }

  @Test(arguments: 0..<20) func itStaysWithinItsBounds(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let maximum = Int.random(in: 1...64, using: &random)
    var trials = ConnectionTrials(maximum: maximum)
    var now = 0.0
    for _ in 0..<5000 {
      now += Double.random(in: 0...1, using: &random)
      trials.received(
        Int.random(in: 1...Self.block, using: &random), active: Int.random(in: 1...maximum, using: &random),
        at: now)
      #expect(1...maximum ~= trials.connections)
    }
  }
}
