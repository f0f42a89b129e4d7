import Glibc

/// Waits for a condition that other tasks or threads bring about: whether it held within the limit.
///
/// All tests of a run share a few threads, and a task that gives way may get its next turn only when every other has
/// had one. The limit is therefore one of time and of turns: what the condition needs had a thousand turns too.
package func eventually(
  within limit: Duration = .seconds(20), _ condition: () async throws -> Bool
) async rethrows -> Bool {
  let deadline = ContinuousClock.now + limit
  var turns = 0
  while turns < 1000 || ContinuousClock.now < deadline {
    if try await condition() { return true }
    // In a cancelled task the sleep ends at once; the others still get their turn.
    try? await Task.sleep(for: .milliseconds(2))
    await Task.yield()
    turns += 1
  }
  return try await condition()
}

/// The same for tests that are not asynchronous: it blocks the thread.
package func eventuallyBlocking(
  within limit: Duration = .seconds(20), _ condition: () throws -> Bool
) rethrows -> Bool {
  let deadline = ContinuousClock.now + limit
  while ContinuousClock.now < deadline {
    if try condition() { return true }
    usleep(2_000)
  }
  return try condition()
}
