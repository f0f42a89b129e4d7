import Primitives
import Testing

struct LogTests {
  @Test func keepsLinesOfItsLevelAndGraver() {
    let log = Log(level: .warning)
    log.write(.error, "one")
    log.write(.warning, "two")
    log.write(.info, "three")
    #expect(log.recentLines == ["error: one", "warning: two"])
  }

  @Test func theSinkGetsWhatIsKept() {
    let lines = Locked<[String]>([])
    let log = Log(level: .info) { level, text in lines.withLock { $0.append("\(level) \(text)") } }
    log.write(.info, "a")
    log.write(.debug, "b")
    #expect(lines.withLock { $0 } == ["info a"])
  }

  @Test func textThatIsNotWantedIsNotMade() {
    let made = Locked(0)
    let text = {
      made.withLock { $0 += 1 }
      return "text"
    }
    let log = Log(level: .error)
    log.write(.debug, text())
    #expect(made.withLock { $0 } == 0)
    log.write(.error, text())
    #expect(made.withLock { $0 } == 1)
  }

  @Test func aTextIsOneLineWhateverItTells() {
    let log = Log()
    log.write(.error, "a name\nerror: forged\u{1B}[2J\u{7F}\u{85}\u{202E}gpj.exe\u{2028}é 漢 ±")
    #expect(log.recentLines == ["error: a name error: forged [2J   gpj.exe é 漢 ±"])
  }

  @Test func memoryIsBounded() {
    let log = Log()
    for number in 0..<5000 { log.write(.info, "\(number)") }
    #expect(log.recentLines.count <= 1000)
    #expect(log.recentLines.last == "info: 4999")
  }
}
