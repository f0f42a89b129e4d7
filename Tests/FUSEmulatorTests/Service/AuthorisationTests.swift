import Testing

@testable import FUSEmulator

/// How nonces change and authorisations end.
@Suite struct AuthorisationTests {
  private let release: TestRelease
  private let transport: DirectTransport

  init() throws {
    release = try TestRelease()
    transport = try DirectTransport([release])
  }

  @Test(arguments: [Generation.kies2, .kies3, .smart])
  func anAuthorisationLapsesWithTime(generation: Generation) throws {
    try transport.set("lapse-after", "10")
    let client = TestClient(generation, transport)
    try client.authorise(release)
    transport.now += .seconds(9)
    #expect(try client.get(release.path).status == 200)
    transport.now += .seconds(1)
    #expect(try client.get(release.path).status == 401)
    #expect(try client.inform().status == 401)
    try client.generateNonce()
    #expect(try client.get(release.path).status == 401)
    try client.initialise(client.initialiseFields(release.name))
    #expect(try client.get(release.path).status == 200)
  }

  @Test func anAuthorisationLapsesWithBytes() throws {
    try transport.set("lapse-bytes", "1000")
    let client = TestClient(.smart, transport)
    try client.authorise(release)
    #expect(try client.get(release.path, range: "bytes=0-999").status == 206)
    #expect(try client.get(release.path, range: "bytes=1000-1000").status == 401)
    try transport.set("lapse-bytes", "")
    #expect(try client.get(release.path, range: "bytes=1000-1000").status == 401)
    try client.authorise(release)
    #expect(try client.get(release.path, range: "bytes=1000-1000").status == 206)
  }

  @Test(arguments: [Generation.kies2, .smart])
  func aNonceThatComesWithInitRetiresTheOneBefore(generation: Generation) throws {
    try transport.set("rotate-nonce", "init")
    let client = TestClient(generation, transport)
    try client.generateNonce()
    let before = client.headers(nonce: client.sealedNonce, cookies: false)
    let reply = try client.initialise(client.initialiseFields(release.name))
    #expect(reply.values("NONCE").count == 1)
    #expect(try client.get(release.path) { $0 = before }.status == 401)
    let range = try client.get(release.path, range: "bytes=0-1")
    #expect(range.status == 206 && range.values("NONCE").isEmpty)
  }

  @Test func withEveryReplyANonceComes() throws {
    try transport.set("rotate-nonce", "every")
    let client = TestClient(.smart, transport)
    try client.authorise(release)
    let before = client.headers(nonce: client.sealedNonce, cookies: false)
    #expect(try client.get(release.path).values("NONCE").count == 1)
    #expect(try client.get(release.path) { $0 = before }.status == 200, "parallel GETs overtake each other")
    for _ in 0..<32 { #expect(try client.get(release.path).status == 200) }
    #expect(try client.get(release.path) { $0 = before }.status == 401)
    #expect(try client.inform().values("NONCE").count == 1)
    #expect(try client.get(release.path).status == 200)
  }

  @Test func aRenewedSessionKeepsItsCookies() throws {
    let client = TestClient(.kies3, transport)
    try client.generateNonce()
    let nonce = client.nonce
    #expect(try client.generateNonce().values("Set-Cookie").isEmpty)
    #expect(client.nonce != nonce)
    #expect(try client.generateNonce { $0["cookie"] = "JSESSIONID=unknown" }.values("Set-Cookie").count == 3)
  }

  @Test func sessionsDoNotKnowEachOther() throws {
    let first = TestClient(.smart, transport)
    let second = TestClient(.smart, transport)
    try first.authorise(release)
    try second.generateNonce()
    #expect(try second.get(release.path).status == 401)
    #expect(try first.get(release.path).status == 200)
  }

  @Test func theOldestOfTooManySessionsIsForgotten() throws {
    let first = TestClient(.smart, transport)
    try first.authorise(release)
    for _ in 0..<256 { try TestClient(.smart, transport).generateNonce() }
    #expect(try first.get(release.path).status == 401)
  }
}
