import Primitives

/// Where lines of the log are written as text. Writing may block: a terminal can be stopped, a disk can hang.
protocol LogDestination: Sendable {
  /// The line as it stands there, with its end.
  func text(of line: LogLine) -> String

  /// Writes the text, which is lost where that fails.
  func write(_ text: String)
}

extension LogDestination {
  /// Lines that are written by whoever says them, who waits for it.
  var sink: Log.Sink {
    { level, text in write(self.text(of: LogLine(level, text))) }
  }
}
