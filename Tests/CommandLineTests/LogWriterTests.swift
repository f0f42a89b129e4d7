import Glibc
import Primitives
import TestSupport
import Testing

@testable import CommandLine

@Suite(.timeLimit(.minutes(10))) struct LogWriterTests {
  /// More than a pipe and the queue hold.
  private static let lines = 50_000

  @Test func aDestinationThatBlocksHoldsUpNobody() throws {
    let pipe = try BlockingPipe()
    let writer = try LogWriter(pipe)
    let log = Log(sink: writer.sink)
    // Nobody reads yet: who waited would do so for ever.
    for number in 0..<Self.lines { log.write(.info, "\(number)") }
    #expect(!writer.flush(within: .milliseconds(100)))

    var (next, lost) = (0, 0)
    while next < Self.lines {
      let line = try #require(pipe.readLine())
      if let count = line.split(separator: ": ").last, line.hasPrefix("warning Lines of the log are lost") {
        let count = try #require(Int(count.dropLast()))
        lost += count
        next += count
      } else {
        try #require(line == "info \(next)")
        next += 1
      }
    }
    #expect(next == Self.lines)
    #expect(lost > 0)

    log.write(.error, "goes on")
    #expect(pipe.readLine() == "error goes on")
    #expect(writer.flush(within: .seconds(60)))
  }

  @Test func atTheEndAllIsWritten() throws {
    try withTemporaryDirectory { directory in
      let file = try directory.appending("log")
      let mountLog = try LogSettings(level: .info, file: file).makeMountLog(isInForeground: false)
      for number in 0..<1000 { mountLog.log.write(.info, "\(number)") }
      let writer = try #require(mountLog.writer)
      #expect(writer.flush(within: .seconds(60)))
      let lines = try contents(of: file).split(separator: "\n")
      #expect(lines.map { $0.dropFirst(20) } == (0..<1000).map { " info: \($0)" })
      // Nothing is left to wait for.
      #expect(writer.flush(within: .zero))
    }
  }

  @Test func theSystemsLogHasNoWriter() throws {
    #expect(try LogSettings().makeMountLog(isInForeground: false).writer == nil)
    #expect(try LogSettings().makeMountLog(isInForeground: true).writer != nil)
  }
}

/// A pipe that takes lines until it is full, and then blocks.
private final class BlockingPipe: LogDestination {
  private let readEnd: Int32
  private let writeEnd: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    try #require(unsafe pipe(&ends) == 0)
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  func text(of line: LogLine) -> String { "\(line.level) \(line.text)\n" }

  func write(_ text: String) { _ = writeAll(text, to: writeEnd) }

  /// Waits for a line; without its end.
  func readLine() -> String? {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while unsafe read(readEnd, &byte, 1) == 1 {
      if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
    return nil
  }
}
