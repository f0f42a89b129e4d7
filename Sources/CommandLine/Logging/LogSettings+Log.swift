import Primitives

extension LogSettings {
  /// The log of a command that ends soon: in the file, else on standard error. Each line is written when it is said, before
  /// the command's own next word.
  func makeLog() throws(Failure) -> Log {
    try Log(level: level, sink: makeDestination().sink)
  }

  /// The log of a mount: in the file, else on standard error in the foreground, else in the system's. Nobody waits for it.
  ///
  /// It starts a thread, so it is to be made in the process that serves.
  func makeMountLog(isInForeground: Bool) throws(Failure) -> MountLog {
    guard file != nil || isInForeground else {
      return MountLog(log: Log(level: level, sink: SystemLog().sink), writer: nil)
    }
    let writer = try LogWriter(makeDestination())
    return MountLog(log: Log(level: level, sink: writer.sink), writer: writer)
  }

  private func makeDestination() throws(Failure) -> any LogDestination {
    if let file { try LogFile(file) } else { StandardErrorLog() }
  }
}
