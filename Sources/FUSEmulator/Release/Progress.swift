import Glibc

/// Says on standard error what is being done, in one line that changes, when a terminal shows it; and ends the work
/// when it is asked to.
final class Progress {
  private let isShown = isatty(STDERR_FILENO) == 1
  private let isInterrupted: () -> Bool
  private var step = ""
  private var bytes = 0
  private var shownMebibytes = 0

  /// `isInterrupted` is asked at each step and often in between.
  init(isInterrupted: @escaping () -> Bool) {
    self.isInterrupted = isInterrupted
  }

  /// Begins a step.
  func begin(_ step: String) throws(ReleaseFault) {
    try check()
    self.step = step
    show()
  }

  /// Counts bytes that were written of the package.
  func advance(_ count: Int) throws(ReleaseFault) {
    try check()
    bytes += count
    guard bytes >> 20 >= shownMebibytes + 16 else { return }
    shownMebibytes = bytes >> 20
    show()
  }

  /// Clears the line.
  func end() {
    if isShown { writeText("\r\u{1b}[K", to: STDERR_FILENO) }
  }

  private func check() throws(ReleaseFault) {
    guard !isInterrupted() else { throw .failed("Interrupted: nothing of the release remains.") }
  }

  private func show() {
    guard isShown else { return }
    let written = shownMebibytes > 0 ? ", \(shownMebibytes) MiB written" : ""
    writeText("\r\u{1b}[K\(step)\(written)…", to: STDERR_FILENO)
  }
}

/// Counts what passes on its way to the next sink.
final class ProgressSink: ByteSink {
  private let progress: Progress
  private let next: any ByteSink

  init(_ progress: Progress, next: any ByteSink) {
    self.progress = progress
    self.next = next
  }

  func write(_ bytes: Span<UInt8>) throws(ReleaseFault) {
    try progress.advance(bytes.count)
    try next.write(bytes)
  }
}

/// Remembers that Ctrl-C or SIGTERM asked this process to end, so that it can clean up first.
enum Interruption {
  /// Written by a signal handler, which may do little else.
  private nonisolated(unsafe) static var signals: sig_atomic_t = 0

  static var isRequested: Bool { unsafe signals != 0 }

  private static let numbers = [SIGINT, SIGTERM, SIGHUP]

  static func catchSignals() {
    for number in numbers { _ = signal(number) { _ in unsafe Interruption.signals = 1 } }
  }

  /// Lets the signals end the process again.
  static func releaseSignals() {
    for number in numbers { _ = signal(number, SIG_DFL) }
  }
}

/// Writes text to an open descriptor, as far as it takes it.
func writeText(_ text: String, to descriptor: Int32) {
  let bytes = Array(text.utf8)
  _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
}
