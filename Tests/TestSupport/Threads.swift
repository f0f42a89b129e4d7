import Glibc

/// Runs the body on so many threads at once, each with its number from 0 on, and gives what they returned.
///
/// The corresponding C functions are `pthread_create` and `pthread_join`.
package func inThreads<Result: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) -> Result
) throws(TestFailure) -> [Result] {
  let works = (0..<count).map { Work($0, body) }
  var threads: [pthread_t] = []
  var status: Int32 = 0
  for work in works where status == 0 {
    var thread = pthread_t()
    let argument = unsafe Unmanaged.passUnretained(work as Runnable).toOpaque()
    status = unsafe pthread_create(
      &thread, nil,
      { argument in
        unsafe Unmanaged<Runnable>.fromOpaque(argument!).takeUnretainedValue().run()
        return nil
      }, argument)
    if status == 0 { threads.append(thread) }
  }
  for thread in threads { pthread_join(thread, nil) }
  guard status == 0 else { throw TestFailure(description: "no thread: errno \(status)") }
  return withExtendedLifetime(works) { works.compactMap(\.result) }
}

private class Runnable {
  func run() {}
}

/// What one thread does; its result is read when the thread has been joined.
private final class Work<Result: Sendable>: Runnable {
  private let number: Int
  private let body: @Sendable (Int) -> Result
  private(set) var result: Result?

  init(_ number: Int, _ body: @escaping @Sendable (Int) -> Result) {
    self.number = number
    self.body = body
  }

  override func run() { result = body(number) }
}
