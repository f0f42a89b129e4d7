import Primitives
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SingleFlightTests {
  private enum Fault: Error, Equatable { case cancelled, broken }

  private let flight = SingleFlight<String, Int, Fault>(cancelled: .cancelled)
  private let gate = AsyncSemaphore(permits: 0)
  private let runs = Locked(0)

  /// Joins the work `a`, which counts its runs and ends when the gate opens.
  private func joined() -> Task<Int, any Error> {
    Task {
      try await flight.join("a") { () async throws(Fault) in
        let run = runs.withLock { runs in
          runs += 1
          return runs
        }
        do throws(Failure) { try await gate.wait() } catch { throw .broken }
        return run
      }
    }
  }

  @Test func allWhoAskMeanwhileGetTheOneOutcome() async throws {
    let tasks = (0..<8).map { _ in joined() }
    #expect(await eventually { gate.waiting == 1 })
    #expect(await eventually { flight.waiting == 8 })
    gate.signal()
    for task in tasks { #expect(try await task.value == 1) }
    #expect(runs.withLock { $0 } == 1)
  }

  @Test func workThatHasEndedIsDoneAnewForTheNext() async throws {
    gate.signal()
    #expect(try await joined().value == 1)
    gate.signal()
    #expect(try await joined().value == 2)
  }

  @Test func keysDoNotWaitForEachOther() async throws {
    let slow = joined()
    #expect(await eventually { gate.waiting == 1 })
    #expect(try await flight.join("b") { 7 } == 7)
    gate.signal()
    #expect(try await slow.value == 1)
  }

  @Test func aFaultReachesAllAndIsNotKept() async throws {
    await #expect(throws: Fault.broken) {
      try await flight.join("b") { () async throws(Fault) -> Int in throw .broken }
    }
    #expect(try await flight.join("b") { 3 } == 3)
  }

  @Test func aCancelledTaskLeavesAtOnceAndTheWorkGoesOn() async throws {
    let first = joined()
    #expect(await eventually { gate.waiting == 1 })
    let second = joined()
    #expect(await eventually { flight.waiting == 2 })
    first.cancel()
    await #expect(throws: Fault.cancelled) { try await first.value }
    #expect(gate.waiting == 1)
    gate.signal()
    #expect(try await second.value == 1)
  }

  @Test func workThatAllHaveLeftIsJoinedByTheNext() async throws {
    let first = joined()
    #expect(await eventually { gate.waiting == 1 })
    first.cancel()
    await #expect(throws: Fault.cancelled) { try await first.value }
    let second = joined()
    #expect(await eventually { flight.waiting == 1 })
    gate.signal()
    #expect(try await second.value == 1)
    #expect(runs.withLock { $0 } == 1)
  }

  @Test func aTaskCancelledBeforeStartsNothing() async throws {
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await joinedHere()
    }
    task.cancel()
    await #expect(throws: Fault.cancelled) { try await task.value }
    #expect(runs.withLock { $0 } == 0)
  }

  private func joinedHere() async throws(Fault) -> Int {
    try await flight.join("a") {
      runs.withLock { runs in
        runs += 1
        return runs
      }
    }
  }

  @Test func theWorkRunsOnTheExecutor() async throws {
    let pool = WorkerPool(threads: 1, name: "flight-test")
    let flight = SingleFlight<Int, String, Failure>(executor: pool)
    let thread = try await flight.join(0) { currentThreadName() }
    #expect(thread.hasPrefix("flight-test"))
  }

  @Test func whatTheWorkNotesIsToldToAllWhoWait() async throws {
    let flight = SingleFlight<Int, Int, Failure>()
    let counts = [NoteCount(), NoteCount(), NoteCount()]
    let tasks = counts.map { count in
      Progress.told(to: count) {
        Task {
          try await flight.join(0) { () async throws(Failure) in
            try await gate.wait()
            Progress.note()
            return 1
          }
        }
      }
    }
    #expect(await eventually { flight.waiting == 3 && gate.waiting == 1 })
    tasks[0].cancel()
    #expect(await eventually { flight.waiting == 2 })
    gate.signal()
    for task in tasks[1...] { #expect(try await task.value == 1) }
    #expect(counts.map(\.value) == [0, 1, 1])
  }
}

private func currentThreadName() -> String {
  (try? readFile("/proc/thread-self/comm")).map { String(decoding: $0, as: UTF8.self) } ?? ""
}
