/// The program's log: sentences for the person who runs the mount, never a secret.
///
/// It keeps its last lines in memory, so that the mount can show them as a file. A text becomes one line, whatever names
/// of others it tells: they can neither forge a line nor steer a terminal. What is said over and over is told a few times,
/// and, when it comes again later, how often more.
package final class Log: Sendable {
  package enum Level: Int, Sendable, Comparable, CaseIterable {
    case error, warning, info, debug
    package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  /// Where the lines go besides memory: standard error, the system's log.
  package typealias Sink = @Sendable (Level, String) -> Void

  private static let keptLines = 1000

  private let level: Level
  private let sink: Sink
  private struct State {
    var lines: [String] = []
    var repetitions = Repetitions()
  }

  private let state = Locked(State())

  /// A log that writes lines of `level` and graver ones.
  package init(level: Level = .info, sink: @escaping Sink = { _, _ in }) {
    self.level = level
    self.sink = sink
  }

  /// - Parameter isAnswer: whether somebody has asked for the line, who is to have it however often it is told.
  package func write(_ level: Level, isAnswer: Bool = false, _ text: @autoclosure () -> String) {
    guard level <= self.level else { return }
    let text = text().asLine
    let told = state.withLock { state -> String? in
      guard let told = isAnswer ? text : state.repetitions.told(text, of: level, at: .now) else { return nil }
      if state.lines.count >= Self.keptLines { state.lines.removeFirst(Self.keptLines / 10) }
      state.lines.append("\(level): \(told)")
      return told
    }
    if let told { sink(level, told) }
  }

  /// The newest lines, oldest first.
  package var recentLines: [String] { state.withLock { $0.lines } }
}
