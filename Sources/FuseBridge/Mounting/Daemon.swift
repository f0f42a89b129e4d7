import CFuse
import Glibc
package import Primitives

/// Goes on in the background, while the command waits for the outcome and returns it.
///
/// ```
///  fusfs ── fork ──▸ child: own session, mounts, Readiness.ready() ──▸ serves, standard streams on /dev/null
///    │                                     │ or .fail(status, sentence)
///    └─ waits for ◂── status byte, sentence┘   the pipe's end without one: the child has died
/// ```
package enum Daemon {
  /// Which of the two processes this is.
  package enum Role: ~Copyable {
    /// The command's own: it prints the sentence, if any, and exits with the status.
    case foreground(status: Int32, sentence: String?)
    /// The one that does the work.
    case background(Readiness)
  }

  private static let longestSentence = 64 << 10

  /// Splits the process; returns in both. To be called before any thread, task or queue exists.
  ///
  /// The child's working directory becomes `/` when it is ready, so resolve relative paths before that.
  package static func detach() throws(Failure) -> Role {
    let pipe = try Pipe()
    switch fusfs_fork() {
    case -1:
      throw .system("Going to the background", errno: errno)
    case 0:
      setsid()
      let descriptor = pipe.intoWriteEnd()
      // What the command was started with is not the daemon's to hold, for as long as it runs.
      fusfs_close_others(descriptor)
      return .background(Readiness(descriptor: descriptor))
    case let child:
      return outcome(of: child, pipe.readToEnd(atMost: longestSentence))
    }
  }

  /// Does the child's work on a thread of its own, which takes the signals, and ends the process with the status.
  ///
  /// Swift's runtime keeps each thread's number for its locks, and that of the thread that was forked is its parent's: it
  /// and whoever wants the same lock at the same moment would both wait for ever. So that thread does nothing any more.
  package static func serve(_ work: @escaping @Sendable () -> Int32) throws(Failure) -> Never {
    try newThread(name: "fusfs", takesSignals: true) { exit(work()) }
    leaveSignalsToOthers()
    while true { pause() }
  }

  private static func outcome(of child: pid_t, _ message: [UInt8]) -> Role {
    guard let status = message.first else {
      let status = waitForChild(child)
      let how = status > 128 ? "signal \(status - 128)" : "status \(status)"
      return .foreground(
        status: max(status, 1), sentence: "The background process ended with \(how) before it was ready.")
    }
    let sentence = String(decoding: message.dropFirst(), as: UTF8.self)
    return .foreground(status: Int32(status), sentence: sentence.isEmpty ? nil : sentence)
  }

  /// The child's duty to say how it went. Forgotten, it tells the parent that it died.
  package struct Readiness: ~Copyable, Sendable {
    private let descriptor: Int32

    fileprivate init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// The work goes on in the background: the parent exits with 0, the standard streams are let go.
    package consuming func ready() {
      tell(0, "")
      _ = chdir("/")
      let nothing = open("/dev/null", O_RDWR)
      guard nothing >= 0 else { return }
      for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] { dup2(nothing, stream) }
      if nothing > STDERR_FILENO { close(nothing) }
    }

    /// It did not work: the parent exits with the status and says the sentence.
    package consuming func fail(status: UInt8, _ sentence: String) {
      tell(max(status, 1), sentence)
    }

    private borrowing func tell(_ status: UInt8, _ sentence: String) {
      let message = [status] + Array(sentence.utf8.prefix(4095))
      _ = write(descriptor, message, message.count)
    }
  }
}
