import Primitives

/// The log of a mount, which answers its readers whatever becomes of the log.
struct MountLog: Sendable {
  let log: Log
  /// Who writes the lines; nil where they go to the system's log, which takes a line at once or not at all.
  let writer: LogWriter?

  /// For how long the program's end waits for a terminal or a disk that does not take what was said.
  private static let longestEnd = Duration.seconds(1)

  /// Waits until all that was said is written, for a second at most; to be called at the program's end.
  func finish() { writer?.flush(within: Self.longestEnd) }
}
