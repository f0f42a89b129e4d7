import Primitives

extension LogSettings {
  /// The log that these settings ask for: in the file, else on standard error in the foreground, else in the system's.
  func makeLog(isInForeground: Bool) throws(Failure) -> Log {
    let sink: Log.Sink
    if let file {
      sink = try LogFile(file).sink
    } else {
      sink = isInForeground ? Log.standardError() : SystemLog().sink
    }
    return Log(level: level, sink: sink)
  }
}
