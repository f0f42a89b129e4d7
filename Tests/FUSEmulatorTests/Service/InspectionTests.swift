import FoundationEssentials
import Testing

@testable import FUSEmulator

/// The part of the server that tests talk to.
@Suite struct InspectionTests {
  private let release: TestRelease
  private let older: TestRelease
  private let transport: DirectTransport

  init() throws {
    release = try TestRelease()
    older = try TestRelease(version: TestRelease.olderVersion, mark: "11")
    transport = try DirectTransport([release, older])
  }

  private func post(_ name: String, _ body: String = "") throws -> Reply {
    try transport.send(Request(method: "POST", target: "/emulator/" + name, body: Array(body.utf8)))
  }

  private func get(_ name: String) throws -> String {
    try transport.send(Request(method: "GET", target: "/emulator/" + name)).text
  }

  @Test func counters() throws {
    let client = TestClient(.smart, transport)
    try client.authorise(release)
    try client.get(release.path, range: "bytes=0-99")
    try client.get(release.path, range: "bytes=200000-")
    try client.get("/neofus/910/other")
    #expect(
      try get("counters") == """
        {"active":0,"bytes_sent":100,"faults":0,"ranges":[\
        {"file":"\(release.name)","first":0,"last":99,"sent":100,"status":206},\
        {"file":"\(release.name)","first":200000,"last":200000,"sent":0,"status":416}],\
        "requests":{"data":3,"history":0,"inform":0,"init":1,"nonce":1,"version":0},\
        "statuses":{"200":2,"206":1,"403":1,"416":1}}

        """)
    #expect(try post("counters/reset").status == 200)
    #expect(
      try get("counters") == """
        {"active":0,"bytes_sent":0,"faults":0,"ranges":[],\
        "requests":{"data":0,"history":0,"inform":0,"init":0,"nonce":0,"version":0},"statuses":{}}

        """)
  }

  @Test func packagesArePlainFilesToo() throws {
    func ask(_ method: String, _ name: String, range: String = "bytes=0-") throws -> Reply {
      try transport.send(
        Request(method: method, target: "/emulator/files/\(name)", headers: [("Range", range)]))
    }
    let index = try ask("GET", "")
    let withoutSlash = try transport.send(Request(method: "GET", target: "/emulator/files"))
    #expect(withoutSlash.text == index.text)
    #expect(index.values("Content-Type") == ["text/html;charset=UTF-8"])
    #expect(index.text.contains("<a href=\"\(release.name)\">") && index.text.contains(older.name))
    let part = try ask("GET", release.name, range: "bytes=10-99")
    #expect(part.status == 206 && part.values("Content-Range") == ["bytes 10-99/200000"])
    #expect(try ask("HEAD", release.name, range: "").status == 200)
    #expect(transport.service.counters.bytesSent == 90)
    #expect(try ask("GET", release.name, range: "bytes=200000-").status == 416)
    #expect(try ask("GET", "other").status == 404)
    #expect(try ask("POST", release.name).status == 405)
    #expect(transport.service.counters.active == 0)
  }

  @Test func refusalsAreSentences() throws {
    try TestClient(.smart, transport).generateNonce(body: "text")
    #expect(
      try get("refusals") == """
        ["POST /NF_SmartDownloadGenerateNonce.do: HTTP 405: GenerateNonce has no body"]

        """)
  }

  @Test func secretsAreThoseOfEachSession() throws {
    func secrets() throws -> [String] {
      try JSONDecoder().decode([String].self, from: Data(try get("secrets").utf8))
    }
    #expect(try secrets() == [])
    let client = TestClient(.kies3, transport)
    try client.authorise(release)
    let known = [client.nonce, Generation.kies3.signature(nonce: client.nonce), client.sealedNonce]
    #expect(try secrets() == known + client.cookies.map(\.value))
    try client.generateNonce()
    #expect(try secrets().contains(client.nonce) && client.nonce != known[0])
    try TestClient(.smart, transport).history()
    #expect(try secrets().contains("abcdefghij012345"))
    try transport.set("rotate-nonce", "every")
    try client.initialise(client.initialiseFields(release.name))
    #expect(try secrets().contains(client.sealedNonce))
  }

  @Test func settingsAreTakenAllOrNone() throws {
    #expect(try post("set", "rate=3M\nfault=500@inform\n").status == 200)
    #expect(transport.service.settings.rate == 3 << 20)
    let refused = try post("set", "rate=\nlatest=NONE")
    #expect(refused.status == 400 && refused.text == "no release here has the version NONE\n")
    #expect(transport.service.settings.rate == 3 << 20)
    #expect(try post("set", "rate").status == 400)
    #expect(try post("other").status == 404)
  }

  @Test func releasesComeAndGo() throws {
    let client = TestClient(.smart, transport)
    func versions() throws -> [String] {
      transport.service.catalogue.history(model: "SM-A207F", region: "SER").map(\.pda)
    }
    #expect(try versions() == ["A207FXXU2CUI2", "A207FXXU2BUH1"])
    try client.authorise(release)
    #expect(try post("set", "withdraw=A207FXXU2CUI2").status == 200)
    #expect(try versions() == ["A207FXXU2BUH1"])
    #expect(try client.get(release.path).status == 403)
    #expect(try client.inform().bodyStatus == "F01")
    #expect(try post("set", "latest=\(TestRelease.version)").status == 200)
    #expect(try post("set", "latest=A207FXXU2BUH1").status == 200)
    #expect(try versions() == ["A207FXXU2BUH1", "A207FXXU2CUI2"])
    #expect(try client.get(release.path).status == 200)
  }

  @Test func parallelGetsAreLimited() throws {
    let client = TestClient(.smart, transport)
    try client.authorise(release)
    try transport.set("parallel", "1")
    let first = transport.service.answer(client.getRequest(release.path), at: transport.now)
    let second = try client.get(release.path)
    #expect(second.status == 429 && second.values("Retry-After") == ["1"])
    transport.service.end(transfer: try #require(first.transfer), sent: 1)
    #expect(try client.get(release.path).status == 200)
    #expect(transport.service.counters.ranges.map(\.status) == [200, 429, 200])
  }
}
