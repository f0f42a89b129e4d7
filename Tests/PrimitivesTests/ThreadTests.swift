import Glibc
import Primitives
import TestSupport
import Testing

struct LockedTests {
  @Test func keepsThreadsApart() async {
    let counter = Locked(0)
    let done = Locked(0)
    for index in 0..<4 {
      startThread(name: "counter-\(index)") {
        for _ in 0..<10_000 { counter.withLock { $0 += 1 } }
        done.withLock { $0 += 1 }
      }
    }
    #expect(await eventually { done.withLock { $0 } == 4 })
    #expect(counter.withLock { $0 } == 40_000)
  }

  @Test func aBodyThatThrowsGivesTheLockBack() {
    let value = Locked(1)
    #expect(throws: Failure.self) {
      try value.withLock { (value) throws(Failure) in
        value = 2
        throw Failure(.invalid, "No.")
      }
    }
    #expect(value.withLock { $0 } == 2)
  }
}

struct SemaphoreTests {
  @Test func aWaitWithALimitEnds() {
    let semaphore = Primitives.Semaphore()
    #expect(!semaphore.wait(for: .milliseconds(1)))
    #expect(!semaphore.wait(for: .zero))
    semaphore.signal()
    #expect(semaphore.wait(for: .seconds(100)))
  }

  /// Takes signals on a thread of its own, since a wait has no limit; how many it has taken.
  private static func taker(of semaphore: Primitives.Semaphore, count: Int) -> Locked<Int> {
    let taken = Locked(0)
    startThread(name: "taker") {
      for _ in 0..<count {
        semaphore.wait()
        taken.withLock { $0 += 1 }
      }
    }
    return taken
  }

  @Test func signalsAreCounted() async {
    let semaphore = Semaphore()
    for _ in 0..<3 { semaphore.signal() }
    let taken = Self.taker(of: semaphore, count: 3)
    #expect(await eventually { taken.withLock { $0 } == 3 })
  }

  @Test func waitsForAnotherThread() async {
    let semaphore = Semaphore()
    let taken = Self.taker(of: semaphore, count: 2)
    semaphore.signal()
    #expect(await eventually { taken.withLock { $0 } == 1 })
    semaphore.signal()
    #expect(await eventually { taken.withLock { $0 } == 2 })
  }
}

@Suite(.timeLimit(.minutes(10)))
struct WorkerPoolTests {
  private static let pool = WorkerPool(threads: 3, name: "pool-of-this-test")

  private static func threadName() -> String {
    let descriptor = unsafe open("/proc/thread-self/comm", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var name = [UInt8](repeating: 0, count: 32)
    let count = unsafe read(descriptor, &name, name.count)
    return String(decoding: name.prefix(max(count - 1, 0)), as: UTF8.self)
  }

  @Test func tasksRunOnItsThreads() async {
    let name = await Task(executorPreference: Self.pool) { Self.threadName() }.value
    #expect(name.hasPrefix("pool-of-this-te"))
  }

  @Test func aTaskComesBackAfterASuspension() async {
    let names = await Task(executorPreference: Self.pool) {
      let before = Self.threadName()
      await Task.yield()
      return [before, Self.threadName()]
    }.value
    #expect(names.allSatisfy { $0.hasPrefix("pool-of-this-te") })
  }

  /// Two of three threads are blocked until the third has run a task: no job waits behind a blocked one.
  @Test func blockedThreadsDoNotHoldUpTheOthers() async {
    let release = Semaphore()
    let blocked = (0..<2).map { _ in Task(executorPreference: Self.pool) { release.wait() } }
    await Task(executorPreference: Self.pool) {
      for _ in 0..<2 { release.signal() }
    }.value
    for task in blocked { await task.value }
  }

  @Test func everyJobRunsOnce() async {
    let count = Locked(0)
    await withTaskGroup { group in
      for _ in 0..<5000 {
        group.addTask(executorPreference: Self.pool) { count.withLock { $0 += 1 } }
      }
    }
    #expect(count.withLock { $0 } == 5000)
  }
}
