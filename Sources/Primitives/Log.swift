/// The program's log: sentences for the person who runs the mount, never a secret.
///
/// It keeps its last lines in memory, so that the mount can show them as a file.
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
  private let lines = Locked<[String]>([])

  /// A log that writes lines of `level` and graver ones.
  package init(level: Level = .info, sink: @escaping Sink = { _, _ in }) {
    self.level = level
    self.sink = sink
  }

  package func write(_ level: Level, _ text: @autoclosure () -> String) {
    guard level <= self.level else { return }
    let text = text()
    lines.withLock { lines in
      if lines.count >= Self.keptLines { lines.removeFirst(Self.keptLines / 10) }
      lines.append("\(level): \(text)")
    }
    sink(level, text)
  }

  /// The newest lines, oldest first.
  package var recentLines: [String] { lines.withLock { $0 } }
}
