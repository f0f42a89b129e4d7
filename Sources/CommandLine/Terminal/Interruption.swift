import Glibc
import Primitives

/// Word that the person wants the program to end: SIGINT, SIGTERM or SIGHUP, which then do not end it by themselves.
/// Those that its caller has had it ignore, as nohup does, stay ignored.
///
/// To be made before other threads, which must not take the signals. The second one ends the program at once.
/// The corresponding C functions are `pthread_sigmask` and `sigwait`.
final class Interruption: Sendable {
  private let received = Locked<Int32?>(nil)

  /// - Parameter whenReceived: called once, on a thread of its own.
  init(_ whenReceived: @escaping @Sendable () -> Void) {
    Self.mask(SIG_BLOCK)
    startThread(name: "fusfs-signals") { [received] in
      var signals = Self.signals
      var number: Int32 = 0
      while unsafe sigwait(&signals, &number) != 0 {}
      received.withLock { $0 = number }
      Self.mask(SIG_UNBLOCK)
      whenReceived()
      // Who ends in the main thread needs this one no longer, but the second signal needs a thread that takes it.
      while true { pause() }
    }
  }

  /// The signal that came.
  var signal: Int32? { received.withLock { $0 } }

  /// Ends the program by this signal, so that its caller knows why.
  static func end(by signal: Int32) -> Int32 {
    mask(SIG_UNBLOCK)
    raise(signal)
    return 128 + signal
  }

  private static var signals: sigset_t {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(signal) { unsafe sigaddset(&signals, signal) }
    return signals
  }

  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard unsafe sigaction(signal, nil, &action) == 0 else { return false }
    // SIG_IGN is a number in the place of a function.
    return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }

  private static func mask(_ how: Int32) {
    var signals = signals
    unsafe pthread_sigmask(how, &signals, nil)
  }
}
