import TestSupport
import Testing

@testable import Primitives

struct PauseTests {
  @Test func noPauseEndsBefore() async {
    let start = SuspendingClock.now
    let ends = Locked<[Int]>([])
    await withTaskGroup(of: Void.self) { group in
      for place in [3, 1, 2, 0] {
        group.addTask {
          try? await Pause.sleep(for: .milliseconds(50 + 200 * place))
          ends.withLock { $0.append(place) }
          #expect(SuspendingClock.now - start >= .milliseconds(50 + 200 * place))
        }
      }
    }
    #expect(ends.withLock { $0.count } == 4)
  }

  @Test func aCancelledTaskEndsAtOnce() async {
    let task = Task {
      do throws(CancellationError) {
        try await Pause.sleep(for: .seconds(1000))
        return false
      } catch { return true }
    }
    try? await Pause.sleep(for: .milliseconds(20))
    task.cancel()
    #expect(await task.value)
  }

  @Test func cancellationAgainstTheEnd() async {
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<500 {
        group.addTask {
          let task = Task { try? await Pause.sleep(for: .microseconds(number * 7 % 1000)) }
          try? await Pause.sleep(for: .microseconds(number * 11 % 1000))
          task.cancel()
          _ = await task.value
        }
      }
    }
  }
}
