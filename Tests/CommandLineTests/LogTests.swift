import Glibc
import Primitives
import Testing

@testable import CommandLine

@Suite struct LogLineTests {
  private let moment = Timestamp(year: 2026, month: 2, day: 5, hour: 7, minute: 3, second: 9)

  @Test func formsOfALine() {
    let line = LogLine(.warning, "the server is slow")
    #expect(line.onStandardError == "fusfs: warning: the server is slow\n")
    #expect(LogLine(.info, "ready").onStandardError == "fusfs: ready\n")
    #expect(line.inFile(at: moment) == "2026-02-05T07:03:09Z warning: the server is slow\n")
    #expect(line.inSystemLog(at: moment, process: 12) == "<28>Feb  5 07:03:09 fusfs[12]: the server is slow")
  }

  @Test(arguments: [(Log.Level.error, 27), (.warning, 28), (.info, 30), (.debug, 31)])
  func severities(level: Log.Level, priority: Int) {
    #expect(LogLine(level, "x").inSystemLog(at: moment, process: 1).hasPrefix("<\(priority)>"))
  }

  @Test func linesCannotBeForged() {
    let written = Locked("")
    let log = Log { level, text in written.withLock { $0 += LogLine(level, text).onStandardError } }
    log.write(.info, "a\nfusfs: b\u{1B}[0m\r")
    #expect(written.withLock { $0 } == "fusfs: a fusfs: b [0m \n")
    #expect("\(ErrorMessage(Failure(.invalid, "a\u{2028}b")))" == "fusfs: a b")
  }

  @Test func datagramsAreBounded() {
    let line = LogLine(.info, String(repeating: "é", count: 10_000))
    #expect(line.inSystemLog(at: moment, process: 1).utf8.count <= 2002)
  }

  @Test func clockIsRead() {
    let now = Timestamp.now(in: .utc)
    #expect(now.year >= 2024)
    #expect(now.inLogFile.utf8.count == 20)
    #expect(Timestamp.now(in: .local).inSystemLog.utf8.count == 15)
  }
}

@Suite struct LogFileTests {
  @Test func linesAreAppendedAndPrivate() throws {
    try withTemporaryDirectory { directory in
      let file = try directory.appending("log")
      for text in ["first", "second"] {
        let log = try LogSettings(level: .warning, file: file).makeLog()
        log.write(.error, text)
        log.write(.info, "not wanted")
      }
      let lines = try contents(of: file).split(separator: "\n")
      #expect(lines.map { $0.dropFirst(20) } == [" error: first", " error: second"])
      var status = stat()
      try #require(unsafe stat(file.text, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600)
    }
  }

  @Test func linksAndOtherFilesAreRefused() throws {
    try withTemporaryDirectory { directory in
      let (link, fifo) = (try directory.appending("link"), try directory.appending("fifo"))
      try #require(unsafe symlink(try directory.appending("target").text, link.text) == 0)
      try #require(unsafe mkfifo(fifo.text, 0o600) == 0)
      for file in [link, fifo, directory, try directory.appending("no").appending("such")] {
        #expect(throws: Failure.self) { try LogFile(file) }
      }
    }
  }

  @Test func fileWithAnotherNameIsRefused() throws {
    try withTemporaryDirectory { directory in
      let (file, other) = (try directory.appending("log"), try directory.appending("other"))
      try makeFile(other, "not a log\n")
      try #require(unsafe link(other.text, file.text) == 0)
      let failure = #expect(throws: Failure.self) { try LogFile(file) }
      #expect(failure?.code == .accessDenied && failure?.cause.contains("another name") == true)
    }
  }

  @Test func fileWhereEverybodyCanPutAnotherIsRefused() throws {
    try withTemporaryDirectory { directory in
      let open = try directory.appending("open")
      try #require(unsafe mkdir(open.text, 0o700) == 0 && chmod(open.text, 0o777) == 0)
      #expect(throws: Failure.self) { try LogFile(try open.appending("log")) }
      try #require(unsafe chmod(open.text, 0o1777) == 0)
      _ = try LogFile(try open.appending("log"))
    }
  }
}

@Suite struct SystemLogTests {
  /// A log that listens at the path.
  private func listen(at file: PathName) throws -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: file.text.utf8) }
    let listener = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    try #require(listener >= 0)
    let status = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(status == 0)
    return listener
  }

  /// The datagram that has arrived, if one has.
  private func receive(_ listener: Int32) -> String? {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe recv(listener, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
    }
    return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  @Test func linesArriveAlsoAfterTheLogWasStartedAnew() throws {
    try withTemporaryDirectory { directory in
      let file = try directory.appending("log")
      let log = Log(sink: SystemLog(path: file.text).sink)
      log.write(.info, "nobody listens")
      let first = try listen(at: file)
      log.write(.error, "one")
      let line = try #require(receive(first))
      #expect(line.hasPrefix("<27>"))
      #expect(line.hasSuffix(" fusfs[\(getpid())]: one"))
      close(first)
      unsafe unlink(file.text)
      let second = try listen(at: file)
      log.write(.warning, "two")
      #expect(receive(second)?.hasSuffix(": two") == true)
      close(second)
    }
  }

  @Test(.timeLimit(.minutes(10))) func aFullLogIsNotWaitedFor() throws {
    try withTemporaryDirectory { directory in
      let file = try directory.appending("log")
      let listener = try listen(at: file)
      let log = Log(sink: SystemLog(path: file.text).sink)
      for number in 0..<2000 { log.write(.info, "line \(number)") }
      #expect(receive(listener)?.hasSuffix(": line 0") == true)
      close(listener)
    }
  }

  @Test func aPathThatIsTooLongIsNoLog() {
    let log = Log(sink: SystemLog(path: "/" + String(repeating: "x", count: 200)).sink)
    log.write(.info, "lost")
    #expect(log.recentLines == ["info: lost"])
  }
}
