import Primitives

extension Log {
  /// Lines on standard error, for a program in the foreground.
  static func standardError() -> Sink {
    { level, text in StandardStream.error.write(LogLine(level, text).onStandardError) }
  }
}
