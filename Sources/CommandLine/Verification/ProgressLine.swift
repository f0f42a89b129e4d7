import Glibc
import Primitives

/// A line on a terminal that tells how far a long file has been read, rewritten in place.
final class ProgressLine: Sendable {
  private struct State {
    var name = ""
    var began = ContinuousClock.now
    var shown: ContinuousClock.Instant?
  }

  /// Files that are read sooner show nothing.
  private static let delay = Duration.milliseconds(500)
  private static let interval = Duration.milliseconds(200)
  /// To the line's beginning, and all from there removed.
  private static let cleared = "\r\u{1B}[K"

  private let width: Int?
  private let write: @Sendable (String) -> Void
  private let state = Locked(State())

  /// - Parameter width: of the terminal, in characters; without one nothing is shown.
  init(width: Int?, write: @escaping @Sendable (String) -> Void) {
    self.width = width
    self.write = write
  }

  /// Another file is begun.
  func begin(_ name: String) {
    clear()
    state.withLock { $0 = State(name: name) }
  }

  func show(_ done: UInt64, of total: UInt64) {
    guard let width else { return }
    let text = state.withLock { state -> String? in
      let now = ContinuousClock.now
      let isDue = state.shown.map { now - $0 >= Self.interval } ?? (now - state.began >= Self.delay)
      guard isDue else { return nil }
      state.shown = now
      return Self.text(state.name, done, of: total, after: now - state.began, width: width)
    }
    if let text { write(Self.cleared + text) }
  }

  /// Makes room for other output.
  func clear() {
    let wasShown = state.withLock { $0.shown.take() != nil }
    if wasShown { write(Self.cleared) }
  }

  /// `…_CL2240.tar.md5  1.2 GiB of 4.0 GiB, 30 %, 210.0 MiB/s`, shorter than the width, so that it stays one line.
  static func text(
    _ name: String, _ done: UInt64, of total: UInt64, after time: Duration, width: Int
  ) -> String {
    let percent = total == 0 ? 100 : Int(Double(done) / Double(total) * 100)
    let rate = UInt64(Double(done) / max(time.seconds, 0.001))
    let figures =
      "  \(ByteSize(bytes: done).words) of \(ByteSize(bytes: total).words), \(percent) %, "
      + "\(ByteSize(bytes: rate).words)/s"
    let name = printable(name)
    let room = max(1, width - 1 - figures.count)
    let shown = name.count <= room ? name : "…" + name.suffix(room - 1)
    return String((shown + figures).prefix(max(0, width - 1)))
  }
}

extension StandardStream {
  /// Characters in a line of the terminal that it is; nil if it is none. The corresponding C function is `ioctl`.
  var terminalWidth: Int? {
    guard isatty(rawValue) == 1 else { return nil }
    var size = winsize()
    guard unsafe ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
