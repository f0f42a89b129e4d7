import Testing

@testable import Primitives

struct RepetitionsTests {
  @Test func aFewAreToldAndThenHowOftenMore() {
    var repetitions = Repetitions()
    let start = SuspendingClock.now
    let told = (0..<10).map { repetitions.told("a", of: .warning, at: start + .milliseconds($0)) }
    #expect(told == ["a", "a", "a"] + [String?](repeating: nil, count: 7))
    #expect(repetitions.told("b", of: .warning, at: start + .seconds(1)) == "b")
    #expect(repetitions.told("a", of: .warning, at: start + .seconds(11)) == "a (And 7 times more before.)")
    #expect(repetitions.told("a", of: .warning, at: start + .seconds(12)) == "a")
    #expect(repetitions.told("b", of: .warning, at: start + .seconds(12)) == "b")
    #expect(repetitions.told("a", of: .error, at: start + .milliseconds(20)) == "a")
  }

  /// A trouble that lasts is told of each block, and of the package.
  @Test func manyOtherLinesMakeNoneForgotten() {
    var repetitions = Repetitions()
    let now = SuspendingClock.now
    var told = (0..<2).count { _ in repetitions.told("a", of: .error, at: now) != nil }
    for number in 0..<2000 {
      #expect(repetitions.told("\(number)", of: .error, at: now) != nil)
      if repetitions.told("a", of: .error, at: now) != nil { told += 1 }
    }
    #expect(told == 3)
  }

  @Test func howOftenMoreIsToldAlsoAfterManyOtherLines() {
    var repetitions = Repetitions()
    let start = SuspendingClock.now
    for _ in 0..<5 { _ = repetitions.told("a", of: .error, at: start) }
    for number in 0..<2000 { _ = repetitions.told("\(number)", of: .error, at: start + .seconds(11)) }
    #expect(repetitions.told("a", of: .error, at: start + .seconds(12)) == "a (And 2 times more before.)")
  }

  @Test func neverAreOtherLinesHeldBack() {
    var repetitions = Repetitions()
    let now = SuspendingClock.now
    for number in 0..<2000 { #expect(repetitions.told("\(number)", of: .warning, at: now) == "\(number)") }
  }
}
