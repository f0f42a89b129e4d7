import Primitives
import Testing

/// Runs a suite's tests on other threads than those that all tests of a run share.
///
/// A test that gives way gets its next turn only when every other that waits for those threads has had one, which may
/// be a minute. A test that meanwhile holds a lock or a connection that others wait for with a limit must not wait so.
struct ThreadsOfItsOwn: SuiteTrait, TestTrait, TestScoping {
  static let pool = WorkerPool(threads: 2, name: "tests")

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    try await withTaskExecutorPreference(Self.pool) { try await function() }
  }
}

extension Trait where Self == ThreadsOfItsOwn {
  static var threadsOfItsOwn: Self { Self() }
}
