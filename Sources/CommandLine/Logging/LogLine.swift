import Primitives

/// One line of the log in the form of each place that it goes to.
struct LogLine: Sendable {
  let level: Log.Level
  /// Without control characters, as `Log` gives it.
  let text: String

  init(_ level: Log.Level, _ text: String) {
    self.level = level
    self.text = text
  }

  /// `fusfs: warning: text`
  var onStandardError: String {
    level == .info ? "fusfs: \(text)\n" : "fusfs: \(level): \(text)\n"
  }

  /// `2026-02-05T17:32:18Z warning: text`
  func inFile(at time: Timestamp) -> String {
    "\(time.inLogFile) \(level): \(text)\n"
  }

  /// A datagram for the system's log, as RFC 3164 and the C library have it.
  ///
  /// ```
  ///   <28>Feb  5 17:32:18 fusfs[4711]: text
  ///    facility × 8 + severity
  /// ```
  func inSystemLog(at time: Timestamp, process: Int32) -> String {
    let daemon = 3
    let datagram = "<\(daemon * 8 + severity)>\(time.inSystemLog) fusfs[\(process)]: \(text)"
    // A longer datagram than the log takes would be lost as a whole.
    return datagram.utf8.count <= 2000
      ? datagram : String(decoding: datagram.utf8.prefix(2000), as: UTF8.self)
  }

  private var severity: Int {
    switch level {
    case .error: 3
    case .warning: 4
    case .info: 6
    case .debug: 7
    }
  }
}
