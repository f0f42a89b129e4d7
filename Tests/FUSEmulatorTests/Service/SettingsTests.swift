import Testing

@testable import FUSEmulator

@Suite struct SettingsTests {
  @Test(arguments: [
    ("500", Fault(.status(500, retryAfter: nil), at: .data)),
    ("503:7@inform", Fault(.status(503, retryAfter: 7), at: .inform)),
    ("503x2", Fault(.status(503, retryAfter: 1), at: .data, count: 2)),
    ("401:body", Fault(.bodyStatus(401), at: .inform)),
    ("reset:64K@tailx3", Fault(.reset(after: 65_536), at: .tail, count: 3)),
    ("short:honest", Fault(.short(honest: true), at: .data)),
    ("stall@init", Fault(.stall(after: nil), at: .initialise)),
    ("flip:3", Fault(.flip(3), at: .data)),
    ("not-xml@history", Fault(.notXML, at: .history)),
    ("bad-name:nul", Fault(.badName(.nul), at: .inform)),
    ("bad-size:x", Fault(.badSize("x"), at: .inform)),
    ("other-version:A/B/C/D", Fault(.otherVersion("A/B/C/D"), at: .inform)),
  ])
  func fault(text: String, fault: Fault) throws {
    #expect(try Fault(text) == fault)
  }

  @Test(arguments: [
    "", "501", "flip:0", "reset:-1", "500@nowhere", "ignore-range@inform", "huge@data", "503:soon",
  ])
  func faultThatIsNone(text: String) {
    #expect(throws: EmulatorFailure.self) { try Fault(text) }
  }

  @Test func faultStrikesAsOftenAsItSays() throws {
    var settings = Settings()
    try settings.set("fault", to: "500@datax2")
    try settings.set("fault", to: "502@tail")
    #expect(settings.takeFault(at: [.inform]) == nil)
    #expect(settings.takeFault(at: [.data]) == .status(500, retryAfter: nil))
    #expect(settings.takeFault(at: [.data, .tail]) == .status(500, retryAfter: nil))
    #expect(settings.takeFault(at: [.data]) == nil)
    #expect(settings.takeFault(at: [.data, .tail]) == .status(502, retryAfter: nil))
    try settings.set("fault", to: "")
    #expect(settings.takeFault(at: [.data, .tail]) == nil)
  }

  @Test func quantities() {
    #expect(Quantity.bytes("3M") == 3 << 20)
    #expect(Quantity.bytes("1k") == 1024)
    #expect(Quantity.bytes("18446744073709551615") == .max)
    #expect(Quantity.bytes("18446744073709551615K") == nil)
    #expect(Quantity.bytes("M") == nil)
    #expect(Quantity.duration("1.5", unit: .seconds(1)) == .milliseconds(1500))
    #expect(Quantity.duration("30ms", unit: .seconds(1)) == .milliseconds(30))
    #expect(Quantity.duration("2m", unit: .milliseconds(1)) == .seconds(120))
    #expect(Quantity.duration("-1", unit: .seconds(1)) == nil)
    #expect(Quantity.duration("1e300", unit: .seconds(1)) == nil)
  }

  @Test func limitsAreTakenAway() throws {
    var settings = Settings()
    for (name, value) in [("rate", "3M"), ("parallel", "4"), ("lapse-after", "2"), ("lapse-bytes", "1G")] {
      try settings.set(name, to: value)
    }
    #expect(settings.rate == 3 << 20 && settings.parallel == 4)
    #expect(settings.lapseAfter == .seconds(2) && settings.lapseBytes == 1 << 30)
    for name in ["rate", "parallel", "lapse-after"] { try settings.set(name, to: "") }
    try settings.set("lapse-bytes", to: "off")
    #expect(settings.rate == nil && settings.parallel == nil)
    #expect(settings.lapseAfter == nil && settings.lapseBytes == nil)
  }

  @Test(arguments: [
    ("rate", "0"), ("parallel", "0"), ("kies", "kies3"), ("rotate-nonce", "often"), ("other", "1"),
  ])
  func settingsThatAreNone(name: String, value: String) {
    var settings = Settings()
    #expect(throws: EmulatorFailure.self) { try settings.set(name, to: value) }
  }

  @Test func commandLine() throws {
    let options = try ServeOptions([
      "--port", "80", "--release=a", "--release", "b", "--rotate-nonce", "--fault", "500", "--rotate-nonce",
      "every",
    ])
    #expect(options.port == 80)
    #expect(options.releases == ["a", "b"])
    #expect(options.settings.map(\.name) == ["rotate-nonce", "fault", "rotate-nonce"])
    #expect(options.settings.map(\.value) == ["init", "500", "every"])
  }

  @Test(arguments: [
    [], ["--port", "1"], ["--release"], ["--port", "70000", "--release", "a"], ["a"], ["--what", "a"],
    ["--release", "a", "--fault", "none"],
  ])
  func commandLineThatIsNone(arguments: [String]) {
    #expect(throws: EmulatorFailure.self) { try ServeOptions(arguments) }
  }
}
