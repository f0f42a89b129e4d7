import TestSupport
import Testing

@testable import FirmwareFormats

struct CheckpointPlanTests {
  private static func plan(
    after last: UInt64 = 0, boundaries: [UInt64] = [], kept: [UInt64] = [], at: UInt64 = 0
  )
    -> CheckpointPlan
  {
    var plan = CheckpointPlan(spacing: 1000, after: last)
    plan.update(
      at: max(last, at), kept: { place in kept.last { $0 <= place } },
      boundary: { place in boundaries.first { $0 > place } })
    return plan
  }

  @Test func withoutBoundariesTheFirstBlockThatIsDue() {
    let plan = Self.plan(after: 500)
    #expect(plan.lookout == 1500)
    #expect(plan.advice(forBlockAt: 1499) == .pass)
    #expect(plan.advice(forBlockAt: 1500) == .take)
    #expect(plan.advice(forBlockAt: 90_000) == .take)
  }

  @Test(
    arguments: [
      ([500, 1000, 1500], 1000), ([700, 1200], 1200), ([800, 1300], 800), ([400, 1600], nil), ([1499], 1499),
      ([501], 501), ([], nil),
    ] as [([UInt64], UInt64?)])
  func theBoundaryNearestToWhereItIsDue(boundaries: [UInt64], chosen: UInt64?) {
    #expect(Self.plan(boundaries: boundaries).boundary == chosen)
  }

  @Test func theLastBlockBeforeTheBoundary() {
    let plan = Self.plan(boundaries: [900])
    #expect(plan.lookout == 650)
    #expect(plan.advice(forBlockAt: 600) == .pass)
    #expect(plan.advice(forBlockAt: 700) == .hold)
    #expect(!plan.isDecided(at: 899))
    #expect(plan.isDecided(at: 900))
    #expect(plan.advice(forBlockAt: 900) == .take)
    #expect(plan.advice(forBlockAt: 950) == .take)
  }

  @Test func noneCloserThanHalfTheSpacing() {
    #expect(Self.plan(boundaries: [520]).lookout == 500)
    #expect(Self.plan(kept: [300]).lookout == 1300)
    #expect(Self.plan(kept: [300, 1200]).last == 1200)
    #expect(Self.plan(kept: [4000], at: 3600).last == 4000)
  }

  @Test func aBoundaryThatIsPassedNoLongerCounts() {
    #expect(Self.plan(boundaries: [800], at: 850).boundary == nil)
    #expect(Self.plan(boundaries: [800, 1100], at: 850).boundary == 1100)
  }

  @Test func manyBoundariesAreNotAllAskedFor() {
    var asked = 0
    var plan = CheckpointPlan(spacing: 1 << 20, after: 0)
    plan.update(
      at: 0, kept: { _ in nil },
      boundary: { place in
        asked += 1
        return place + 1
      })
    #expect(plan.boundary == 1 << 20)
    #expect(asked < 30)
  }

  @Test func boundariesThatDoNotGoOn() {
    var plan = CheckpointPlan(spacing: 1000, after: 0)
    plan.update(at: 0, kept: { _ in nil }, boundary: { $0 })
    #expect(plan.boundary == nil)
  }

  @Test func theEndOfAllNumbers() {
    let plan = Self.plan(after: .max - 3, boundaries: [.max], kept: [.max])
    #expect(plan.last == .max)
    #expect(plan.lookout == .max)
  }

  /// Blocks and boundaries anywhere: distances stay within their bounds, as far as blocks allow.
  @Test func distances() {
    for seed in UInt64(0)..<300 {
      var random = SplitMix(seed: seed)
      let boundaries = (0..<40).map { _ in UInt64.random(in: 0...30_000, using: &random) }.sorted()
      var plan = CheckpointPlan(spacing: 1000, after: 0)
      var position: UInt64 = 0
      var held: UInt64?
      while position < 30_000 {
        plan.update(at: position, kept: { _ in nil }, boundary: { place in boundaries.first { $0 > place } })
        position += UInt64.random(in: 1...100, using: &random)
        let before = plan.last
        if let candidate = held, plan.isDecided(at: position - 1) {
          plan.take(candidate)
          held = nil
        } else if plan.advice(forBlockAt: position) == .take {
          plan.take(position)
          held = nil
        } else if plan.advice(forBlockAt: position) == .hold {
          held = position
        }
        guard plan.last != before else { continue }
        #expect((500...1700).contains(plan.last - before), "seed \(seed)")
      }
    }
  }
}
