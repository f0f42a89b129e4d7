import Glibc
import Primitives

/// SIGUSR1 asks for what the mount is doing, which is written to the log.
///
/// Made before any other thread that takes signals, so that all have this one blocked but the thread that waits for it. The
/// corresponding C functions are `pthread_sigmask` and `sigwait`.
struct StateRequests: Sendable {
  private let signals: sigset_t

  init() {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGUSR1)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    self.signals = signals
  }

  /// Answers each with a line of the log for each line of the state, until the process ends.
  func answer(in log: Log, with state: @escaping @Sendable () -> [String]) throws(Failure) {
    let signals = signals
    try newThread(name: "state-requests") {
      var awaited = signals
      var number: Int32 = 0
      while unsafe sigwait(&awaited, &number) == 0 {
        for line in state() { log.write(.info, isAnswer: true, line) }
      }
    }
  }
}
