import Testing

@testable import FUSFSCore

struct ConnectionLimitTests {
  @Test func startsAtItsMaximum() {
    #expect(ConnectionLimit(maximum: 8).allowed(at: 0) == 8)
    #expect(ConnectionLimit(maximum: 0).allowed(at: 0) == 1)
  }

  @Test func nothingRunsWhileCoolingDown() {
    var limit = ConnectionLimit(maximum: 8)
    limit.refused(for: 2, active: 5, at: 10)
    #expect(limit.allowed(at: 11.9) == 0)
    #expect(limit.coolDownEnd(at: 11) == 12)
    #expect(limit.allowed(at: 12) == 4)
    #expect(limit.coolDownEnd(at: 12) == nil)
  }

  @Test func aShorterCoolDownDoesNotEndALongerOne() {
    var limit = ConnectionLimit(maximum: 8)
    limit.refused(for: 5, active: 8, at: 0)
    limit.refused(for: 1, active: 8, at: 0)
    #expect(limit.coolDownEnd(at: 4) == 5)
  }

  @Test func neverBelowOne() {
    var limit = ConnectionLimit(maximum: 3)
    for _ in 0..<10 { limit.refused(for: 0, active: 1, at: 0) }
    #expect(limit.allowed(at: 0) == 1)
  }

  @Test func growsSlowlyAndNotBeyondTheMaximum() {
    var limit = ConnectionLimit(maximum: 3)
    limit.refused(for: 0, active: 2, at: 0)
    #expect(limit.allowed(at: 0) == 1)
    for _ in 0..<7 { limit.succeeded() }
    #expect(limit.allowed(at: 0) == 1)
    limit.succeeded()
    #expect(limit.allowed(at: 0) == 2)
    for _ in 0..<100 { limit.succeeded() }
    #expect(limit.allowed(at: 0) == 3)
  }
}
