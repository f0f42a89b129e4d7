import Testing

@testable import FUSEmulator

/// The whole way of each generation, and every rule that the server insists on.
@Suite struct HandshakeTests {
  static let generations: [Generation] = [.kies1, .kies2, .kies3, .smart]

  private let release: TestRelease

  init() throws {
    release = try TestRelease()
  }

  private func client(_ generation: Generation, _ settings: [(String, String)] = []) throws -> TestClient {
    let kies = generation == .kies1 ? [("kies", "kies1")] : []
    return TestClient(generation, try DirectTransport([release], settings: kies + settings))
  }

  private func direct(_ client: TestClient) throws -> DirectTransport {
    try #require(client.transport as? DirectTransport)
  }

  @Test(arguments: generations)
  func wholeWay(generation: Generation) throws {
    let client = try client(generation)
    let nonce = try client.generateNonce()
    #expect(nonce.status == 200 && nonce.bodyStatus == generation.goodStatus)
    #expect(nonce.values("Set-Cookie").count == (generation == .kies3 ? 3 : 2))
    let inform = try client.inform()
    #expect(inform.bodyStatus == generation.goodStatus)
    #expect(inform["BINARY_NAME"] == release.name)
    #expect(inform["MODEL_PATH"] == "/neofus/910/")
    #expect(inform["BINARY_BYTE_SIZE"] == "200000")
    #expect(inform["BINARY_CRC"] == "3830059332")
    #expect(inform["LOGIC_VALUE_FACTORY"] == "ehbkrulq43h44mqw")
    #expect(inform["DEVICE_PDA_CODE1_FILE"] == "AP_A207F.tar.md5")
    #expect(inform[generation == .smart ? "BINARY_SW_VERSION" : "LATEST_FW_VERSION"] == TestRelease.version)
    #expect(try client.initialise(client.initialiseFields(release.name)).bodyStatus == generation.goodStatus)
    let part = try client.get(release.path, range: "bytes=16-31")
    #expect(part.status == 206)
    #expect(part.values("Content-Range") == ["bytes 16-31/200000"])
    #expect(part.values("Content-MD5") == ["1B2M2Y8AsgTpgAmY7PhCfg=="])
    #expect(try direct(client).service.refusals == [])
  }

  @Test func aPostMayNameTheNonceInsteadOfACookie() throws {
    let client = try client(.smart)
    try client.generateNonce()
    let named = try client.inform { $0 = client.headers(nonce: client.sealedNonce, cookies: false) }
    #expect(named.bodyStatus == "S00")
    #expect(try client.inform { $0 = client.headers(cookies: false) }.status == 401)
  }

  @Test(arguments: generations)
  func aSignatureOfAnotherNonceIsRefused(generation: Generation) throws {
    let client = try client(generation)
    try client.authorise(release)
    let wrong = generation.signature(nonce: "aaaaaaaaaaaaaaaa")
    let bend = { (headers: inout [String: String]) in
      let right = generation.signature(nonce: client.nonce)
      headers["authorization"] = headers["authorization"].map { header in
        header.split(separator: right, maxSplits: 1).joined(separator: wrong)
      }
    }
    #expect(try client.inform(changing: bend).status == 401)
    #expect(try client.initialise(client.initialiseFields(release.name), changing: bend).status == 401)
    #expect(try client.get(release.path, changing: bend).status == 401)
  }

  @Test(arguments: generations)
  func aWrongLogicCheckIsRefused(generation: Generation) throws {
    let client = try client(generation)
    try client.generateNonce()
    let check = "0000000000000000"
    #expect(try client.inform(client.informFields().with("LOGIC_CHECK", check)).status == 405)
    let fields = client.initialiseFields(release.name).with("LOGIC_CHECK", check)
    #expect(try client.initialise(fields).status == 405)
  }

  @Test(arguments: generations)
  func everyFieldIsNeeded(generation: Generation) throws {
    let client = try client(generation)
    try client.generateNonce()
    for (tag, _) in client.informFields() where !["DEVICE_SN_NUMBER", "DEVICE_IMEI_PUSH"].contains(tag) {
      #expect(try client.inform(client.informFields().with(tag, nil)).status == 405, "\(tag)")
    }
    for (tag, _) in client.initialiseFields(release.name) {
      #expect(
        try client.initialise(client.initialiseFields(release.name).with(tag, nil)).status == 405, "\(tag)")
    }
  }

  @Test(arguments: generations)
  func aGetBeforeInitIsRefused(generation: Generation) throws {
    let client = try client(generation)
    try client.generateNonce()
    try client.inform()
    #expect(try client.get(release.path).status == 401)
    try client.initialise(client.initialiseFields(release.name))
    #expect(try client.get(release.path).status == 200)
    try client.generateNonce()
    #expect(try client.get(release.path).status == 401)
  }

  @Test func initAuthorisesTheFileThatItNames() throws {
    let other = try TestRelease(version: TestRelease.olderVersion, mark: "11")
    let client = TestClient(.smart, try DirectTransport([release, other]))
    try client.authorise(release)
    #expect(try client.get(other.path).status == 401)
    try client.initialise(client.initialiseFields(other.name, version: TestRelease.olderVersion))
    #expect(try client.get(other.path).status == 200)
    #expect(try client.get(release.path).status == 200)
  }

  @Test(arguments: [Generation.kies2, .kies3])
  func theDeviceMustBeNamed(generation: Generation) throws {
    let client = try client(generation)
    try client.generateNonce()
    func status(_ number: String?) throws -> String? {
      let reply = try client.inform(client.informFields().with("DEVICE_IMEI_PUSH", number))
      #expect(reply.status == 200)
      return reply.bodyStatus
    }
    #expect(try status(nil) == "408")
    #expect(try status("") == "408")
    #expect(try status("490154203237519") == "408")
    #expect(try status("R58M123ABCD") == (generation == .kies2 ? "200" : "408"))
    #expect(try status(TestClient.imei) == "200")
  }

  @Test func kies3WantsItsHeaderAndAllCookies() throws {
    let client = try client(.kies3)
    try client.authorise(release)
    #expect(try client.inform { $0["x-fus-protocol-ver"] = nil }.status == 401)
    #expect(try client.inform { $0["x-fus-protocol-ver"] = "3.0" }.status == 405)
    #expect(try client.get(release.path) { $0["x-fus-protocol-ver"] = nil }.status == 401)
    for cookie in client.cookies {
      let others = client.cookies.filter { $0 != cookie }.map { "\($0.name)=\($0.value)" }
      #expect(
        try client.inform { $0["cookie"] = others.joined(separator: "; ") }.status == 401, "\(cookie.name)")
    }
    #expect(try client.inform().status == 200)
  }

  @Test(arguments: [Generation.kies1, .kies2, .smart])
  func theSessionsOwnCookieIsEnough(generation: Generation) throws {
    let client = try client(generation)
    try client.generateNonce()
    let session = try #require(client.cookies.first { $0.name == "JSESSIONID" })
    #expect(try client.inform { $0["cookie"] = "JSESSIONID=\(session.value)" }.status == 200)
    #expect(try client.inform { $0["cookie"] = "JSESSIONID=other" }.status == 401)
    #expect(try client.inform { $0["cookie"] = "JSESSIONID=\(session.value); SESSION=other" }.status == 401)
  }

  @Test(arguments: generations)
  func malformedRequestsAreRefused(generation: Generation) throws {
    let client = try client(generation)
    #expect(try client.generateNonce { $0["authorization"] = nil }.status == 401)
    #expect(try client.generateNonce { $0["authorization"] = "FUS" }.status == 405)
    #expect(try client.generateNonce { $0["user-agent"] = "Mozilla/5.0" }.status == 403)
    #expect(try client.generateNonce(body: "text").status == 405)
    try client.authorise(release)
    #expect(try client.get(release.path.split(separator: "/").joined(separator: "%2F")).status == 405)
    #expect(try client.get("").status == 405)
    #expect(try client.get("/neofus/910/other.zip.enc4").status == 403)
    #expect(try client.get(release.path) { $0 = client.headers() }.status == 401)
    let wrongMethod = Request(method: "GET", target: "/NF_DownloadGenerateNonce.do")
    #expect(try client.transport.send(wrongMethod).status == 405)
    #expect(try client.transport.send(Request(method: "GET", target: "/")).status == 404)
  }

  @Test(arguments: generations)
  func whatIsNotServedIsSaidInTheBody(generation: Generation) throws {
    let client = try client(generation)
    try client.generateNonce()
    for reply in [
      try client.inform(client.informFields(version: TestRelease.olderVersion)),
      try client.inform(client.informFields(region: "SEX")),
      try client.initialise(client.initialiseFields("SM-A207F_2_20210928113735_other48a_fac.zip.enc4")),
    ] {
      #expect(reply.status == 200)
      #expect(reply.bodyStatus == (generation == .smart ? "F01" : "400"))
    }
  }

  @Test(arguments: [Generation.kies1, .smart])
  func regionsForSeveralCountriesNameOne(generation: Generation) throws {
    let europe = try TestRelease(region: "EUX")
    let settings = generation == .kies1 ? [("kies", "kies1")] : []
    let client = TestClient(generation, try DirectTransport([europe], settings: settings))
    try client.generateNonce()
    #expect(try client.inform(client.informFields(region: "EUX")).status == 405)
    var country = [("DEVICE_CC_CODE", "DE"), ("MCC_NUM", "262"), ("MNC_NUM", "01")]
    if generation == .kies1 { country.append(("DEVICE_AID_CODE", "EUX")) }
    let fields = client.informFields(region: "EUX") + country.map { (tag: $0.0, value: $0.1) }
    #expect(try client.inform(fields).bodyStatus == generation.goodStatus)
  }

  @Test func aNatureWithAnotherKeyIsNotServed() throws {
    let own = try TestRelease(logicValueHome: "aaaaaaaaaaaaaaaa")
    let client = TestClient(.smart, try DirectTransport([own]))
    try client.generateNonce()
    #expect(try client.inform(client.informFields(nature: "0")).bodyStatus == "F01")
    #expect(try client.inform(client.informFields(nature: "1")).bodyStatus == "S00")
  }

  @Test func historyChecksItsOwnSignature() throws {
    let client = try client(.smart)
    #expect(try client.history()["BINARY_SW_VERSION"] == TestRelease.version)
    #expect(try client.history(signed: "SM-OTHER").status == 401)
    #expect(try client.history { $0["authorization"] = client.headers()["authorization"] }.status == 405)
    let unknown = try client.history(region: "SEX")
    #expect(unknown.status == 200 && unknown.bodyStatus == "" && unknown["BINARY_INFO"] == nil)
  }

  @Test func versionListIsDeniedWhereThereIsNone() throws {
    let transport = try DirectTransport([release])
    func list(_ region: String, agent: String) throws -> Reply {
      try transport.send(
        Request(
          method: "GET", target: "/firmware/\(region)/SM-A207F/version.xml", headers: [("User-Agent", agent)])
      )
    }
    #expect(try list("SER", agent: "Kies2.0_FUS").text.contains("<latest o=\"11\">A207FXXU2CUI2/"))
    for denied in [try list("SEX", agent: "Kies2.0_FUS"), try list("SER", agent: "Mozilla/5.0")] {
      #expect(denied.status == 403)
      #expect(denied.text.contains("<Code>AccessDenied</Code>"))
    }
  }
}
