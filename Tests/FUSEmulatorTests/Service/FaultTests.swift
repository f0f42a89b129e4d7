import TestSupport
import Testing

@testable import FUSEmulator

/// What each fault does to an answer; how bodies end is tried over a socket.
@Suite struct FaultTests {
  private let release: TestRelease
  private let older: TestRelease
  private let transport: DirectTransport
  private let client: TestClient

  init() throws {
    release = try TestRelease()
    older = try TestRelease(version: TestRelease.olderVersion, mark: "11")
    transport = try DirectTransport([release, older])
    client = TestClient(.smart, transport)
    try client.authorise(release)
  }

  private func fault(_ text: String) throws {
    try transport.set("fault", "")
    try transport.set("fault", text)
  }

  @Test(arguments: ["500", "502", "504", "401", "403", "405"])
  func status(code: String) throws {
    try fault("\(code)x1")
    #expect(try client.get(release.path).status == Int(code))
    #expect(try client.get(release.path).status == 200)
  }

  @Test func unavailableSaysWhenToComeAgain() throws {
    try fault("503:7@inform")
    let reply = try client.inform()
    #expect(reply.status == 503 && reply.values("Retry-After") == ["7"])
    #expect(try client.get(release.path).status == 200)
  }

  @Test func statusInTheBody() throws {
    try fault("401:body@init")
    let reply = try client.initialise(client.initialiseFields(release.name))
    #expect(reply.status == 200 && reply.bodyStatus == "401")
  }

  @Test func aRedirectNamesAnotherAddress() throws {
    try fault("redirect:http://127.0.0.1:4/x@inform")
    let reply = try client.inform()
    #expect(reply.status == 302 && reply.values("Location") == ["http://127.0.0.1:4/x"])
    try fault("redirect")
    #expect(try client.get(release.path).values("Location") == ["http://127.0.0.1:9/"])
  }

  @Test func gzipThatNobodyAskedFor() throws {
    let plain = try client.inform()
    try fault("gzip@inform")
    let reply = try client.inform()
    #expect(reply.values("Content-Encoding") == ["gzip"])
    #expect(reply.body == Gzip.stored(plain.body))
    try fault("gzip")
    let data = try client.get(release.path, range: "bytes=0-9")
    #expect(data.status == 206 && data.values("Content-Encoding") == ["gzip"])
  }

  @Test(arguments: [0, 1, 65_535, 65_536, 200_000])
  func gzipIsWhatGzipReads(count: Int) throws {
    let folder = TemporaryDirectory()
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try folder.write(bytes, to: "plain")
    try folder.write(Gzip.stored(bytes), to: "packed.gz")
    #expect(try shell("gunzip -c '\(folder.path)/packed.gz' | cmp - '\(folder.path)/plain'").status == 0)
  }

  @Test func aMegabyteOfHeaders() throws {
    try fault("headers")
    let reply = try client.get(release.path, range: "bytes=0-9")
    #expect(reply.status == 206 && reply.values("X-Filling-999").first?.count == 1000)
  }

  @Test(arguments: ["nonce", "history", "inform", "init", "data", "tail"])
  func place(name: String) throws {
    try fault("500@\(name)")
    let statuses = [
      "nonce": try TestClient(.smart, transport).generateNonce().status,
      "history": try client.history().status,
      "inform": try client.inform().status,
      "init": try client.initialise(client.initialiseFields(release.name)).status,
      "data": try client.get(release.path, range: "bytes=0-9").status,
      "tail": try client.get(release.path, range: "bytes=199990-199999").status,
    ]
    let struck = statuses.filter { $0.value == 500 }.keys
    #expect(Set(struck) == (name == "data" ? ["data", "tail"] : [name]))
  }

  @Test func aFaultSparesWhatIsRefusedAnyway() throws {
    try fault("500@informx1")
    #expect(try client.inform(client.informFields().with("LOGIC_CHECK", "0")).status == 405)
    #expect(try client.inform().status == 500)
  }

  @Test func rangesAreBent() throws {
    try fault("ignore-range")
    let whole = try client.get(release.path, range: "bytes=5-9")
    #expect(whole.status == 200 && whole.values("Content-Range").isEmpty)
    try fault("wrong-range")
    #expect(try client.get(release.path, range: "bytes=5-9").values("Content-Range") == ["bytes 6-10/200000"])
    try fault("wrong-total")
    #expect(try client.get(release.path, range: "bytes=5-9").values("Content-Range") == ["bytes 5-9/200016"])
  }

  @Test func html() throws {
    try fault("html@inform")
    let reply = try client.inform()
    #expect(reply.status == 200 && reply.values("Content-Type") == ["text/html"])
    #expect(reply.text.hasPrefix("<!DOCTYPE html>"))
  }

  @Test func anotherVersion() throws {
    try fault("other-version")
    #expect(try client.inform()["BINARY_SW_VERSION"] == TestRelease.olderVersion)
    #expect(try client.inform()["BINARY_NAME"] == older.name)
    try fault("other-version:A/B/C/D")
    #expect(try client.inform()["BINARY_SW_VERSION"] == "A/B/C/D")
    #expect(try client.inform()["BINARY_NAME"] == release.name)
  }

  @Test func messagesThatAreNone() throws {
    try fault("not-xml")
    #expect(XMLElement.parse(try client.inform().body) == nil)
    try fault("truncated-xml")
    let reply = try client.inform()
    #expect(reply.text.hasPrefix("<?xml") && XMLElement.parse(reply.body) == nil)
    try fault("entities@history")
    let bomb = try client.history().text
    #expect(bomb.contains("<!ENTITY e9 \"&e8;&e8;") && bomb.contains("SYSTEM \"file:///etc/passwd\""))
    #expect(bomb.contains("&e9;&file;") && bomb.hasSuffix("</FUSMsg>"))
  }

  @Test func hugeMessageIsWellFormed() throws {
    try fault("huge@nonce")
    let request = Request(
      method: "POST", target: "/NF_SmartDownloadGenerateNonce.do",
      headers: client.headers().map { ($0.key, $0.value) })
    let answer = transport.service.answer(request, at: transport.now)
    guard case .padded(let head, let filling, let tail) = answer.body else {
      Issue.record("the body is not padded")
      return
    }
    #expect(filling == 100 << 20)
    #expect(XMLElement.parse(head + tail) != nil)
  }

  @Test func absurdNumbersAndHostileNames() throws {
    try fault("bad-size")
    #expect(try client.inform()["BINARY_BYTE_SIZE"] == "-1")
    try fault("bad-size:99999999999999999999")
    #expect(try client.inform()["BINARY_BYTE_SIZE"] == "99999999999999999999")
    try fault("bad-name:slash")
    #expect(try client.inform()["BINARY_NAME"] == "folder/" + release.name)
    try fault("bad-name")
    #expect(try client.inform()["BINARY_NAME"] == "../../" + release.name)
    try fault("bad-name:nul")
    #expect(try client.inform()["BINARY_NAME"]?.contains("\0") == true)
    try fault("bad-name:member")
    #expect(try client.inform()["DEVICE_PDA_CODE1_FILE"] == "../../../etc/passwd")
  }

  @Test(arguments: [(1, 10, [5]), (2, 10, [2, 7]), (3, 2, [0, 1, 1]), (1, 0, [])])
  func flippedPlaces(flips: Int, count: UInt64, places: [UInt64]) {
    #expect(Delivery(flips: flips).flippedPlaces(in: count) == places)
  }
}
