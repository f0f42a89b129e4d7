import TestSupport
import Testing

@testable import FUSEmulator

/// The server over real sockets.
@Suite struct ServerTests {
  private let release: TestRelease
  private let emulator: Emulator

  init() throws {
    release = try TestRelease()
    emulator = try Emulator(releases: [release.folder])
  }

  private func set(_ lines: String) throws {
    let request = Request(method: "POST", target: "/emulator/set", body: Array(lines.utf8))
    try #require(try SocketTransport(port: emulator.port).send(request).status == 200)
  }

  private func counters() throws -> String {
    try SocketTransport(port: emulator.port).send(Request(method: "GET", target: "/emulator/counters")).text
  }

  private func authorised(_ generation: Generation = .smart) throws -> (TestClient, SocketTransport) {
    let transport = try SocketTransport(port: emulator.port)
    let client = TestClient(generation, transport)
    try client.authorise(release)
    return (client, transport)
  }

  @Test(arguments: [Generation.kies1, .kies2, .kies3, .smart])
  func wholeWayOverOneConnection(generation: Generation) throws {
    if generation == .kies1 { try set("kies=kies1") }
    let (client, _) = try authorised(generation)
    #expect(try client.inform()["BINARY_NAME"] == release.name)
    let whole = try client.get(release.path)
    #expect(whole.status == 200 && whole.body == release.bytes)
    let part = try client.get(release.path, range: "bytes=70000-79999")
    #expect(part.status == 206 && part.body == Array(release.bytes[70000..<80000]))
    #expect(part.values("Content-Range") == ["bytes 70000-79999/200000"])
    let behind = try client.get(release.path, range: "bytes=200000-")
    #expect(behind.status == 416 && behind.values("Content-Range") == ["bytes */200000"])
    #expect(try eventuallyBlocking { try counters().contains(#""bytes_sent":210000,"#) })
  }

  @Test func listensOnLoopbackOnlyAndGivesThePortBack() throws {
    #expect(emulator.url == "http://127.0.0.1:\(emulator.port)/")
    #expect(throws: EmulatorFailure.self) { try Emulator(releases: [release.folder], port: emulator.port) }
    emulator.stop()
    emulator.stop()
    let next = try Emulator(releases: [release.folder], port: emulator.port)
    #expect(next.port == emulator.port)
  }

  @Test func aShapedBodyIsTheSame() throws {
    try set("rate=2M")
    let (client, _) = try authorised()
    let start = ContinuousClock.now
    #expect(try client.get(release.path, range: "bytes=1-").body == Array(release.bytes[1...]))
    #expect(ContinuousClock.now - start >= .seconds(1) * (199_999.0 / Double(2 << 20)))
    // The server counts it when it hears that all of it has gone.
    #expect(try eventuallyBlocking { try counters().contains(#""sent":199999,"#) })
  }

  @Test func bytesThatDrip() throws {
    try set("fault=drip:10")
    let (client, _) = try authorised()
    let start = ContinuousClock.now
    #expect(try client.get(release.path, range: "bytes=1-8").body == Array(release.bytes[1...8]))
    #expect(ContinuousClock.now - start >= .milliseconds(790))
  }

  @Test func latencyComesBeforeEveryAnswer() throws {
    let (client, _) = try authorised()
    try set("latency=50")
    let start = ContinuousClock.now
    try client.inform()
    #expect(ContinuousClock.now - start >= .milliseconds(50))
  }

  @Test func aResetCutsTheConnection() throws {
    try set("fault=reset:50000")
    let reply = try authorised().0.get(release.path)
    #expect(reply.status == 200 && reply.endedEarly && reply.wasReset)
    #expect(reply.body.count <= 50_000 && reply.body == Array(release.bytes[..<reply.body.count]))
  }

  @Test func aShortBodyEndsAtItsHalf() throws {
    try set("fault=short@datax1")
    let lying = try authorised().0.get(release.path, range: "bytes=0-9999")
    #expect(lying.endedEarly && !lying.wasReset && lying.body == Array(release.bytes[..<5000]))
    #expect(lying.values("Content-Length") == ["10000"])
    try set("fault=short:honest")
    let honest = try authorised().0.get(release.path, range: "bytes=0-9999")
    #expect(!honest.endedEarly && honest.body == Array(release.bytes[..<5000]))
    #expect(honest.values("Content-Length") == ["5000"])
    #expect(honest.values("Content-Range") == ["bytes 0-9999/200000"])
  }

  @Test func flippedBytes() throws {
    try set("fault=flip:2")
    var expected = Array(release.bytes[..<100_000])
    for place in [25_000, 75_000] { expected[place] ^= 0xff }
    #expect(try authorised().0.get(release.path, range: "bytes=0-99999").body == expected)
  }

  @Test func aHugeMessageComesWhole() throws {
    try set("fault=huge@inform")
    let transport = try SocketTransport(port: emulator.port)
    let client = TestClient(.smart, transport)
    try client.generateNonce()
    let reply = try client.inform()
    #expect(reply.status == 200 && !reply.endedEarly && reply.body.count > 100 << 20)
  }

  @Test func aStalledConnectionHoldsUpNoOther() throws {
    try set("fault=stall:1000@datax1")
    let (client, transport) = try authorised()
    try transport.start(client.getRequest(release.path))
    let begun = try transport.finish(limit: 1000)
    #expect(begun.status == 200 && begun.body == Array(release.bytes[..<1000]))
    #expect(try counters().contains(#""active":1,"#) && counters().contains(#""faults":1,"#))
    #expect(try authorised().0.get(release.path).body == release.bytes)
    emulator.stop()
    #expect(try transport.finish(limit: 1).status == 0)
  }

  @Test func parallelGetsAreLimited() throws {
    try set("parallel=1\nfault=stall:10@datax1")
    let (client, transport) = try authorised()
    try transport.start(client.getRequest(release.path))
    _ = try transport.finish(limit: 10)
    let refused = try authorised().0.get(release.path)
    #expect(refused.status == 429 && refused.values("Retry-After") == ["1"])
  }

  @Test func aClientThatGoesIsNoticed() throws {
    try set("fault=stall:10@datax1")
    do {
      let (client, transport) = try authorised()
      try transport.start(client.getRequest(release.path))
      _ = try transport.finish(limit: 10)
    }
    #expect(try eventuallyBlocking { try counters().contains(#""active":0,"#) })
  }

  @Test func aReleaseThatDoesNotFitItsDescriptionIsRefused() throws {
    #expect(throws: EmulatorFailure.self) { try Emulator(releases: [release.folder + "/none"]) }
    let other = try TestRelease(version: "ONLY/THREE/PARTS")
    #expect(throws: EmulatorFailure.self) { try Emulator(releases: [other.folder]) }
  }
}
