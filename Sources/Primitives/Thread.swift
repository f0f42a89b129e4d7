import CLinux
import Glibc

/// Starts a detached thread; the name is cut to the 15 bytes that the kernel keeps. For a program that can do nothing
/// without it.
package func startThread(name: String, _ body: @escaping @Sendable () -> Void) {
  do throws(Failure) { try newThread(name: name, body) } catch { fatalError("\(error)") }
}

/// The same where there is something to be said, or done, if the system allows no more threads.
///
/// - Parameter takesSignals: whether signals that are sent to the process may interrupt this thread, as far as they may
///   the one that starts it; else they are left to others.
package func newThread(
  name: String, takesSignals: Bool = false, _ body: @escaping @Sendable () -> Void
) throws(Failure) {
  final class Start {
    let name: String
    let body: @Sendable () -> Void
    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
  var thread = pthread_t()
  var before = sigset_t()
  if !takesSignals { before = blockedSignals() }
  let start = unsafe Unmanaged.passRetained(Start(name, body)).toOpaque()
  let status = unsafe pthread_create(
    &thread, nil,
    { argument in
      let start = unsafe Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
      unsafe fusfs_name_thread(start.name)
      start.body()
      return nil
    }, start)
  if !takesSignals { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
  guard status == 0 else {
    unsafe Unmanaged<Start>.fromOpaque(start).release()
    throw Failure(
      .exhausted, "The system allows no more threads.",
      cure: "Raise the limit of processes: ulimit -u, or TasksMax of a service.")
  }
  pthread_detach(thread)
}

/// Leaves signals that are sent to the process to other threads than this one.
package func leaveSignalsToOthers() { _ = blockedSignals() }

/// The same; gives what was left to them before.
private func blockedSignals() -> sigset_t {
  var (signals, before) = (sigset_t(), sigset_t())
  unsafe sigfillset(&signals)
  // What a thread has done itself is its own.
  for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT] { unsafe sigdelset(&signals, fault) }
  unsafe pthread_sigmask(SIG_BLOCK, &signals, &before)
  return before
}
