/// Which lines of a log are the same as one just before, so that a trouble that lasts does not fill a disk. Pure.
///
/// ```
///  0 s  10 s                    ≥ 10 s after the first
///  ├──────────────────────────┤
///  a  a  a  –  –  –  –  –  –    a, and 6 times more before
/// ```
struct Repetitions {
  private static let window = Duration.seconds(10)
  /// How often a line is told within the window.
  private static let most = 3
  /// Lines that are remembered: a server that refuses every block causes a line for each.
  private static let limit = 512

  private struct Seen {
    let first: SuspendingClock.Instant
    var count: Int
  }

  private struct Line: Hashable {
    let level: Log.Level
    let text: String
  }

  private var seen: [Line: Seen] = [:]

  /// The line as it is to be told; nil if it has been often enough.
  mutating func told(_ text: String, of level: Log.Level, at now: SuspendingClock.Instant) -> String? {
    let line = Line(level: level, text: text)
    guard let known = seen[line] else {
      if seen.count >= Self.limit { makeRoom(at: now) }
      seen[line] = Seen(first: now, count: 1)
      return text
    }
    guard now - known.first < Self.window else {
      seen[line] = Seen(first: now, count: 1)
      let more = known.count - Self.most
      return more > 0 ? "\(text) (And \(more) times more before.)" : text
    }
    seen[line]?.count += 1
    return known.count < Self.most ? text : nil
  }

  /// Forgets what is over and was told each time, and then what was told once, which many different lines are; all of it where
  /// that does not do, so that no line is held back for want of memory.
  private mutating func makeRoom(at now: SuspendingClock.Instant) {
    seen = seen.filter { now - $0.value.first < Self.window || $0.value.count > Self.most }
    if seen.count >= Self.limit { seen = seen.filter { $0.value.count > 1 } }
    if seen.count >= Self.limit { seen = [:] }
  }
}
