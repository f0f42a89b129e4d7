import Primitives
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct AsyncSemaphoreTests {
  @Test func permitsAreTakenAndGivenBack() async throws {
    let semaphore = AsyncSemaphore(permits: 2)
    try await semaphore.wait()
    try await semaphore.wait()
    semaphore.signal()
    try await semaphore.wait()
    #expect(semaphore.waiting == 0)
  }

  @Test func theFirstWaiterIsServedFirst() async throws {
    let semaphore = AsyncSemaphore(permits: 0)
    let order = Locked<[Int]>([])
    var tasks: [Task<Void, any Error>] = []
    for number in 0..<10 {
      tasks.append(
        Task {
          try await semaphore.wait()
          order.withLock { $0.append(number) }
          semaphore.signal()
        })
      #expect(await eventually { semaphore.waiting == number + 1 })
    }
    semaphore.signal()
    for task in tasks { try await task.value }
    #expect(order.withLock { $0 } == Array(0..<10))
  }

  @Test func aCancelledWaiterLeavesTheQueue() async throws {
    let semaphore = AsyncSemaphore(permits: 0)
    let cancelled = Task { try await semaphore.wait() }
    #expect(await eventually { semaphore.waiting == 1 })
    let patient = Task { try await semaphore.wait() }
    #expect(await eventually { semaphore.waiting == 2 })
    cancelled.cancel()
    let result = await cancelled.result
    #expect(throws: Failure(.interrupted, "The wait was interrupted.")) { try result.get() }
    #expect(semaphore.waiting == 1)
    semaphore.signal()
    try await patient.value
  }

  @Test func aCancelledTaskTakesNoPermit() async throws {
    let semaphore = AsyncSemaphore(permits: 1)
    let task = Task {
      #expect(await eventually { Task.isCancelled })
      try await semaphore.wait()
    }
    task.cancel()
    let result = await task.result
    #expect(throws: Failure.self) { try result.get() }
    try await semaphore.wait()
  }

  /// Cancellations and signals at the same time lose no permit and keep no waiter.
  @Test func cancellationAgainstSignals() async throws {
    let semaphore = AsyncSemaphore(permits: 1)
    let granted = Locked(0)
    await withTaskGroup { group in
      for number in 0..<1000 {
        let task = Task {
          try await semaphore.wait()
          await Task.yield()
          granted.withLock { $0 += 1 }
          semaphore.signal()
        }
        group.addTask {
          if number % 3 == 0 { task.cancel() }
          _ = await task.result
        }
      }
    }
    #expect(granted.withLock { $0 } >= 666)
    #expect(semaphore.waiting == 0)
    try await semaphore.wait()
  }
}

@Suite(.timeLimit(.minutes(10)))
struct AsyncMutexTests {
  @Test func oneAtATime() async throws {
    let mutex = AsyncMutex(0)
    try await withThrowingTaskGroup { group in
      for _ in 0..<100 {
        group.addTask {
          try await mutex.withLock { value in
            let before = value
            await Task.yield()
            value = before + 1
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await mutex.withLock { $0 } == 100)
  }

  @Test func aBodyThatThrowsGivesTheLockBack() async throws {
    let mutex = AsyncMutex(1)
    await #expect(throws: Failure(.damaged, "Broken.")) {
      try await mutex.withLock { (value) throws(Failure) in
        value = 2
        throw Failure(.damaged, "Broken.")
      }
    }
    #expect(try await mutex.withLock { $0 } == 2)
  }

  @Test func aCancelledWaiterNeverEnters() async throws {
    let mutex = AsyncMutex(0)
    let gate = AsyncSemaphore(permits: 0)
    let holder = Task { try await mutex.withLock { _ throws(Failure) in try await gate.wait() } }
    #expect(await eventually { gate.waiting == 1 })
    let waiter = Task { try await mutex.withLock { $0 = 1 } }
    #expect(await eventually { mutex.waiting == 1 })
    waiter.cancel()
    let result = await waiter.result
    #expect(throws: Failure.self) { try result.get() }
    gate.signal()
    try await holder.value
    #expect(try await mutex.withLock { $0 } == 0)
  }
}
