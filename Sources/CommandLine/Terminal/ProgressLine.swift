import Glibc
import Primitives

/// A line on a terminal that tells how far something long has come, rewritten in place.
final class ProgressLine: Sendable {
  private struct State {
    var name = ""
    var began = SuspendingClock.now
    var start: UInt64 = 0
    var shown: SuspendingClock.Instant?
  }

  /// What is done sooner shows nothing.
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

  /// Another one is begun.
  ///
  /// - Parameter start: bytes of it that are there already.
  func begin(_ name: String, at start: UInt64 = 0) {
    clear()
    state.withLock { $0 = State(name: name, start: start) }
  }

  /// - Parameter done: bytes, those from before included.
  func show(_ done: UInt64, of total: UInt64) {
    guard let width else { return }
    let text = state.withLock { state -> String? in
      let now = SuspendingClock.now
      let isDue = state.shown.map { now - $0 >= Self.interval } ?? (now - state.began >= Self.delay)
      guard isDue else { return nil }
      state.shown = now
      return Self.text(
        state.name, done, of: total, from: state.start, after: now - state.began, width: width)
    }
    if let text { write(Self.cleared + text) }
  }

  /// Makes room for other output.
  func clear() {
    let wasShown = state.withLock { $0.shown.take() != nil }
    if wasShown { write(Self.cleared) }
  }

  /// `…_CL2240.tar.md5  1.2 GiB of 4.0 GiB, 30 %, 210.0 MiB/s, 14 s left`, shorter than the width, so that it stays one
  /// line.
  static func text(
    _ name: String, _ done: UInt64, of total: UInt64, from start: UInt64 = 0, after time: Duration, width: Int
  ) -> String {
    let rate = Double(done - min(start, done)) / max(time.seconds, 0.001)
    var figures =
      "  \(ByteSize(bytes: done).words) of \(ByteSize(bytes: total).words), "
      + "\(percent(done, of: total)) %, \(ByteSize(bytes: UInt64(clamping: rate)).words)/s"
    let left = Double(total - min(done, total)) / rate
    if done < total, left < longestWait { figures += ", \(Duration.seconds(left.rounded(.up)).words) left" }
    let name = printable(name)
    let room = max(1, width - 1 - figures.count)
    let shown = name.count <= room ? name : "…" + name.suffix(room - 1)
    return String((shown + figures).prefix(max(0, width - 1)))
  }

  /// Nothing is said of a wait beyond this, in seconds.
  private static let longestWait = 100.0 * 86_400
}
