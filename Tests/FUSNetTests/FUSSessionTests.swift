import Primitives
import TestSupport
import Testing

@testable import FUSNet

/// The whole session against a scripted server on loopback.
@Suite(.timeLimit(.minutes(10)))
struct FUSSessionTests {
  /// A server that opens sessions and authorises files; bytes are as the script says.
  private final class Script: Sendable {
    struct State {
      var nonces = 0
      var inits = 0
      var gets = 0
    }

    let state = Locked(State())
    let answer: @Sendable (LoopbackServer.Request, inout State) -> LoopbackServer.Answer

    init(_ answer: @escaping @Sendable (LoopbackServer.Request, inout State) -> LoopbackServer.Answer) {
      self.answer = answer
    }

    func callAsFunction(_ request: LoopbackServer.Request) -> LoopbackServer.Answer {
      state.withLock { state in
        switch request.target {
        case "/NF_SmartDownloadGenerateNonce.do":
          state.nonces += 1
          return .reply(
            head:
              "HTTP/1.1 200 OK\nNONCE: nonce\(state.nonces)\nSet-Cookie: JSESSIONID=s\(state.nonces)\nContent-Length: 0"
          )
        case "/NF_SmartDownloadBinaryInitForMass.do":
          state.inits += 1
          return FUSSessionTests.xml(Sample.initialized)
        default:
          if request.method == "GET" { state.gets += 1 }
          return answer(request, &state)
        }
      }
    }
  }

  /// Collects what is delivered.
  private final class Collector: DownloadReceiver {
    private let collected = Locked<[UInt8]>([])
    private let limit: Int
    init(limit: Int = .max) { self.limit = limit }
    var bytes: [UInt8] { collected.withLock { $0 } }
    func receive(_ bytes: RawSpan) -> Bool {
      collected.withLock { collected in
        unsafe bytes.withUnsafeBytes { unsafe collected.append(contentsOf: $0) }
        return collected.count < limit
      }
    }
  }

  private static func xml(_ body: [UInt8], status: Int = 200, fields: String = "") -> LoopbackServer.Answer {
    .reply(head: "HTTP/1.1 \(status) X\nContent-Length: \(body.count)\(fields)", body: body)
  }

  private static let content = (0..<1600).map { UInt8(truncatingIfNeeded: $0 &* 7) }

  private static func range(_ request: LoopbackServer.Request) -> Range<Int> {
    let ends = (request.fields["range"] ?? "").dropFirst("bytes=".count).split(separator: "-").compactMap {
      Int($0)
    }
    return ends.count == 2 ? ends[0]..<ends[1] + 1 : 0..<0
  }

  private static func partial(_ request: LoopbackServer.Request, fields: String = "") -> LoopbackServer.Answer
  {
    let range = range(request)
    return .reply(
      head: """
        HTTP/1.1 206 Partial Content
        Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/1600
        Content-Length: \(range.count)\(fields)
        """, body: Array(content[range]))
  }

  private func session(
    _ server: LoopbackServer, profile: Profile = .smart, identity: String? = nil, retryTime: Double = 0,
    connectTimeout: Double = 5, stallTimeout: Double = 30, log: Log = Log()
  ) throws -> FUSSession {
    let url = try #require(ServerURL(server.url))
    return FUSSession(
      configuration: FUSSession.Configuration(
        profile: profile, controlURL: url, bulkURL: url, versionListURL: url, proxy: "",
        deviceIdentity: identity.flatMap { DeviceIdentity($0) }, connectTimeout: connectTimeout,
        stallTimeout: stallTimeout, retryTime: retryTime, leastReplyTimeout: 0),
      log: log)
  }

  private func fault(
    _ session: FUSSession, _ bytes: Range<UInt64> = 10..<50, _ collector: Collector = Collector()
  ) async throws -> DownloadFault? {
    let binary = try Sample.binary()
    do throws(DownloadFault) {
      try await session.download(binary, bytes: bytes, to: collector)
      return nil
    } catch {
      return error
    }
  }

  @Test func bytesComeAfterNonceAndInit() async throws {
    let script = Script { request, _ in Self.partial(request) }
    let server = try LoopbackServer { script($0) }
    defer { server.stop() }
    let session = try session(server)
    defer { session.close() }
    for range in [UInt64(0)..<16, 100..<1600] {
      let collector = Collector()
      #expect(try await fault(session, range, collector) == nil)
      #expect(collector.bytes == Array(Self.content[Int(range.lowerBound)..<Int(range.upperBound)]))
    }
    let requests = server.requests
    #expect(
      requests.map(\.target) == [
        "/NF_SmartDownloadGenerateNonce.do", "/NF_SmartDownloadBinaryInitForMass.do",
        "/NF_SmartDownloadBinaryForMass.do?file=/neofus/9/\(Sample.packageName)",
        "/NF_SmartDownloadBinaryForMass.do?file=/neofus/9/\(Sample.packageName)",
      ])
    #expect(requests[0].fields["authorization"] == Authorization.empty(newAuthorization: false))
    let nonce = try Nonce(header: "nonce1", scheme: Profile.smart.scheme)
    #expect(
      requests.dropFirst().allSatisfy {
        $0.fields["authorization"] == Authorization.signed(nonce, newAuthorization: false)
          && $0.fields["cookie"] == "JSESSIONID=s1" && $0.fields["user-agent"] == "SMART 2.0"
      })
  }

  @Test func aNonceOnAnyReplyIsUsedFromThenOn() async throws {
    let script = Script { request, state in
      request.method == "GET"
        ? Self.partial(request, fields: "\nNONCE: rotated\(state.gets)")
        : Self.xml(Sample.inform(), fields: "\nNONCE: fromPost")
    }
    let server = try LoopbackServer { script($0) }
    defer { server.stop() }
    let session = try session(server)
    defer { session.close() }
    _ = try await session.inform(of: Sample.model(), in: Sample.region(), version: Sample.version())
    for _ in 0..<2 { #expect(try await fault(session) == nil) }
    let used = server.requests.map { $0.fields["authorization"]?.split(separator: "\"")[1] }
    #expect(used.suffix(2) == ["fromPost", "rotated1"])
    #expect(script.state.withLock(\.nonces) == 1)
  }

  @Test func manyShareOneRenewal() async throws {
    // The first authorisation serves nothing but a single GET.
    let script = Script { request, state in
      state.nonces == 1 && state.gets > 1
        ? Self.xml([], status: 401) : Self.partial(request)
    }
    let server = try LoopbackServer { script($0) }
    defer { server.stop() }
    let session = try session(server)
    defer { session.close() }
    #expect(try await fault(session) == nil)
    let binary = try Sample.binary()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask { try await session.download(binary, bytes: 0..<1600, to: Collector()) }
      }
      try await group.waitForAll()
    }
    #expect(script.state.withLock(\.nonces) == 2)
    #expect(script.state.withLock(\.inits) == 2)
  }

  @Test func whatIsAlwaysRefusedIsDenied() async throws {
    let script = Script { request, _ in
      request.method == "GET" ? Self.xml([], status: 401) : Self.xml(Sample.inform(status: "401"))
    }
    let server = try LoopbackServer { script($0) }
    defer { server.stop() }
    let session = try session(server)
    defer { session.close() }
    guard case .refused(let failure) = try await fault(session) else {
      Issue.record("not refused")
      return
    }
    #expect(failure.code == .accessDenied)
    #expect(script.state.withLock(\.gets) == 2)
    await #expect(throws: ServerStatus.accessDenied) {
      _ = try await session.inform(of: Sample.model(), in: Sample.region(), version: Sample.version())
    }
    #expect(script.state.withLock(\.nonces) <= 4)
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\nContent-Length: 40",
    "HTTP/1.1 206 X\nContent-Length: 40",
    "HTTP/1.1 206 X\nContent-Range: bytes 0-39/1600\nContent-Length: 40",
    "HTTP/1.1 206 X\nContent-Range: bytes 10-49/1601\nContent-Length: 40",
    "HTTP/1.1 206 X\nContent-Range: bytes 10-49/1600\nContent-Range: bytes 0-39/1600\nContent-Length: 40",
    "HTTP/1.1 206 X\nContent-Range: bytes 10-49/1600\nContent-Length: 41",
    "HTTP/1.1 206 X\nContent-Range: bytes 10-49/1600\nContent-Encoding: gzip\nContent-Length: 40",
  ])
  func wrongHeadsDeliverNothing(_ head: String) async throws {
    let script = Script { _, _ in .lastReply(head: head, body: [UInt8](repeating: 1, count: 40)) }
    let server = try LoopbackServer { script($0) }
    defer { server.stop() }
    let session = try session(server)
    defer { session.close() }
    let collector = Collector()
    guard case .retry(let failure) = try await fault(session, 10..<50, collector) else {
      Issue.record("no fault to retry")
      return
    }
    // Another total is another file: whoever asked must learn anew what there is.
    #expect(failure.code == (head.contains("/1601") ? .replaced : .network))
    #expect(collector.bytes.isEmpty)
  }

  @Test func shortBodiesKeepWhatCame() async throws {
    let script = Script { request, _ in
      .lastReply(
        head: "HTTP/1.1 206 X\nContent-Range: bytes 10-49/1600\nContent-Length: 40",
        body: Array(Self.content[10..<30]))
    }
    let server = try LoopbackServer { script($0) }
    defer { server.stop() }
    let session = try session(server)
    defer { session.close() }
    let collector = Collector()
    guard case .retry = try await fault(session, 10..<50, collector) else {
      Issue.record("no fault to retry")
      return
    }
    #expect(collector.bytes == Array(Self.content[10..<30]))
  }

  /// Without a length, the end of the connection ends the body.
  @Test(arguments: [39, 41])
  func bodiesOfUnknownLengthAreCounted(_ count: Int) async throws {
    let script = Script { _, _ in
      .lastReply(
        head: "HTTP/1.1 206 X\nContent-Range: bytes 10-49/1600\nConnection: close",
        body: [UInt8](repeating: 1, count: count))
    }
    let server = try LoopbackServer { script($0) }
    defer { server.stop() }
    let session = try session(server)
    defer { session.close() }
    let collector = Collector()
    guard case .retry = try await fault(session, 10..<50, collector) else {
      Issue.record("no fault to retry")
      return
    }
    #expect(collector.bytes.count <= 40)
  }

  @Test func aReceiverEndsADownload() async throws {
    let script = Script { _, _ in
      .stall(
        head: "HTTP/1.1 206 X\nContent-Range: bytes 10-49/1600\nContent-Length: 40",
        body: Array(Self.content[10..<30]))
    }
    let server = try LoopbackServer { script($0) }
    defer { server.stop() }
    let session = try session(server)
    defer { session.close() }
    #expect(try await fault(session, 10..<50, Collector(limit: 1)) == .cancelled)
  }

  struct StatusCase: Sendable {
    let head: String
    let expected: Expected
    enum Expected: Sendable, Equatable {
      case retry
      case coolDown(Double)
      case refused(Failure.Code)
    }
  }

  @Test(arguments: [
    StatusCase(head: "HTTP/1.1 429 X\nRetry-After: 7", expected: .coolDown(7)),
    StatusCase(head: "HTTP/1.1 503 X", expected: .coolDown(1)),
    StatusCase(head: "HTTP/1.1 500 X", expected: .retry),
    StatusCase(head: "HTTP/1.1 403 X", expected: .refused(.notFound)),
    StatusCase(head: "HTTP/1.1 405 X", expected: .refused(.protocolViolation)),
    StatusCase(head: "HTTP/1.1 302 X\nLocation: http://127.0.0.1:1/", expected: .refused(.network)),
    StatusCase(head: "HTTP/1.1 416 X", expected: .refused(.network)),
  ])
  func statusesOfDownloads(_ status: StatusCase) async throws {
    let script = Script { _, _ in .reply(head: status.head + "\nContent-Length: 0") }
    let server = try LoopbackServer { script($0) }
    defer { server.stop() }
    let session = try session(server)
    defer { session.close() }
    let seen: StatusCase.Expected? =
      switch try await fault(session) {
      case .retry: .retry
      case .coolDown(let seconds, _): .coolDown(seconds)
      case .refused(let failure): .refused(failure.code)
      case .cancelled, nil: nil
      }
    #expect(seen == status.expected)
  }

  @Test func rangesBeyondTheFileAreRefusedWithoutARequest() async throws {
    let script = Script { request, _ in Self.partial(request) }
    let server = try LoopbackServer { script($0) }
    defer { server.stop() }
    let session = try session(server)
    for range in [UInt64(0)..<1601, 5..<5] {
      guard case .refused = try await fault(session, range) else {
        Issue.record("not refused")
        return
      }
    }
    #expect(server.connections == 0)
    session.close()
    #expect(try await fault(session) == .cancelled)
  }

  @Test func closingEndsTheTransferThread() async throws {
    let script = Script { request, _ in Self.partial(request) }
    let server = try LoopbackServer { script($0) }
    defer { server.stop() }
    let untouched = try session(server)
    #expect(untouched.close(within: .zero))
    let session = try session(server)
    #expect(try await fault(session) == nil)
    #expect(session.close(within: .seconds(60)))
    #expect(try await fault(session) == .cancelled)
  }

  @Test func aWaiterLeavesASharedInit() async throws {
    let server = try LoopbackServer { request in
      request.target.contains("Nonce")
        ? .reply(head: "HTTP/1.1 200 OK\nNONCE: abc\nContent-Length: 0") : .stall(head: "")
    }
    defer { server.stop() }
    let session = try session(server)
    defer { session.close() }
    let tasks = (0..<3).map { _ in Task { try await fault(session) } }
    #expect(await eventually { server.requests.count >= 2 })
    tasks[0].cancel()
    #expect(try await tasks[0].value == .cancelled)
    #expect(server.departures == 0)
    session.close()
    for task in tasks.dropFirst() { #expect(try await task.value == .cancelled) }
    #expect(server.requests.count == 2)
  }

  /// All wait for the one nonce: while it drips, and no longer.
  @Test(arguments: ["Nonce", "Init"])
  func aDrippingReplyIsGivenUp(_ message: String) async throws {
    let isMended = Locked(false)
    let script = Script { request, _ in Self.partial(request) }
    let server = try LoopbackServer { request in
      guard request.target.contains(message), !isMended.withLock({ $0 }) else { return script(request) }
      return .drip(
        head: "HTTP/1.1 200 OK\nNONCE: drip\nConnection: close", piece: [UInt8](repeating: 0x20, count: 4096))
    }
    defer { server.stop() }
    let session = try session(server, connectTimeout: 2, stallTimeout: 1)
    defer { session.close() }
    guard case .retry(let failure) = try await fault(session) else {
      Issue.record("not to be tried again")
      return
    }
    #expect(failure.code == .timedOut)
    isMended.withLock { $0 = true }
    #expect(try await eventually { try await fault(session) == nil })
  }

  @Test func repliesHaveMoreTimeThanWhatEndsThemForABetterReason() {
    var configuration = FUSSession.Configuration(connectTimeout: 1, stallTimeout: 2, retryTime: 3)
    #expect(configuration.replyTimeout == 10)
    configuration.retryTime = 8
    #expect(configuration.replyTimeout == 11)
  }

  @Test func informTellsNoSecrets() async throws {
    let imei = "356789012345678"
    let script = Script { _, _ in
      Self.xml(Sample.inform(changing: ["DEVICE_IMEI_NUMBER": imei, "VERSION": "A/B/C/D"]))
    }
    let server = try LoopbackServer { script($0) }
    defer { server.stop() }
    let log = Log(level: .debug)
    var profile = Profile.smart
    profile.deviceRequirement = .imei
    let session = try session(server, profile: profile, identity: imei, log: log)
    defer { session.close() }
    let reply = try await session.inform(of: Sample.model(), in: Sample.region(), version: Sample.version())
    #expect(reply.message.version.description == "A/B/C/D")
    #expect(!String(decoding: reply.raw, as: UTF8.self).contains(imei))
    let text = log.recentLines.joined(separator: "\n")
    #expect(text.contains("answers for A/B/C/D"))
    let signature = try Nonce(header: "nonce1", scheme: Profile.smart.scheme).signature
    for secret in [imei, "nonce1", signature, "s1;", "JSESSIONID"] { #expect(!text.contains(secret)) }
  }

  @Test func smartHistoryNeedsNoSession() async throws {
    let server = try LoopbackServer { _ in
      Self.xml(
        Array(
          """
          <FUSMsg><FUSBody><Results><Status></Status></Results><Put><BINARY_INFO><BINARY_SW_VERSION><Data>A/B/C/D</Data>\
          </BINARY_SW_VERSION></BINARY_INFO></Put></FUSBody></FUSMsg>
          """.utf8))
    }
    defer { server.stop() }
    let session = try session(server)
    defer { session.close() }
    let reply = try await session.history(of: Sample.model(), in: Sample.region())
    #expect(reply.message.latest?.version.pda == "A")
    #expect(try ReleaseHistory(reply: reply.raw, source: .smartHistory) == reply.message)
    #expect(server.requests.map(\.target) == ["/SmartHistory.do"])
    #expect(server.requests[0].fields["authorization"]?.contains(#"realm="interface""#) == true)
  }

  @Test func kiesHistoryIsAPlainFile() async throws {
    let known = "<versioninfo><firmware><version><latest>A/B/C</latest></version></firmware></versioninfo>"
    let server = try LoopbackServer { request in
      request.target == "/firmware/SER/SM-A207F/version.xml"
        ? Self.xml(Array(known.utf8)) : Self.xml(Array("<Error/>".utf8), status: 403)
    }
    defer { server.stop() }
    let session = try session(server, profile: .kies3)
    defer { session.close() }
    #expect(try await session.history(of: Sample.model(), in: Sample.region()).message.releases.count == 1)
    await #expect {
      _ = try await session.history(of: Sample.model(), in: #require(RegionCode("XXX")))
    } throws: {
      ($0 as? Failure)?.code == .notFound
    }
    #expect(server.requests.allSatisfy { $0.fields["authorization"] == nil && $0.fields["cookie"] == nil })
    #expect(server.requests[0].fields["user-agent"] == "Kies2.0_FUS")
  }

  @Test func passingFaultsOfMessagesAreTriedAgain() async throws {
    let script = Script { _, state in
      state.gets += 1
      return state.gets < 3
        ? Self.xml([], status: 503, fields: "\nRetry-After: 0") : Self.xml(Sample.inform())
    }
    let server = try LoopbackServer { script($0) }
    defer { server.stop() }
    let session = try session(server, retryTime: 30)
    defer { session.close() }
    let reply = try await session.inform(of: Sample.model(), in: Sample.region(), version: Sample.version())
    #expect(reply.message.byteSize == 4_556_071_616)
  }

  @Test func pagesAndEndlessRepliesAreSaidPlainly() async throws {
    for (answer, word) in [
      (Self.xml(Array("<!DOCTYPE html><html>login</html>".utf8)), "web page"),
      (.mebibytes(100, head: "HTTP/1.1 200 OK\nConnection: close"), "too long"),
    ] {
      let script = Script { _, _ in answer }
      let server = try LoopbackServer { script($0) }
      defer { server.stop() }
      let session = try session(server)
      defer { session.close() }
      await #expect {
        _ = try await session.inform(of: Sample.model(), in: Sample.region(), version: Sample.version())
      } throws: { error in
        (error as? Failure)?.code == .network && "\(error)".contains(word)
      }
    }
  }

  @Test func anUnreachableServerIsNamed() async throws {
    let server = try LoopbackServer { _ in .stall(head: "") }
    server.stop()
    let session = try session(server)
    defer { session.close() }
    await #expect { _ = try await session.history(of: Sample.model(), in: Sample.region()) } throws: {
      error in
      (error as? Failure)?.code == .network && "\(error)".contains("127.0.0.1:")
    }
  }

  @Test func tellsWhatItWaitsFor() async throws {
    let server = try LoopbackServer { _ in .stall(head: "") }
    let session = try session(server)
    defer { session.close() }
    let asking = Task { try await session.history(of: Sample.model(), in: Sample.region()) }
    #expect(
      await eventually { session.messagesUnderWay.map(\.name) == [Profile.smart.endpoints.history] })
    #expect(session.messagesUnderWay.allSatisfy { $0.host.hasPrefix("127.0.0.1") && $0.retries == 0 })
    asking.cancel()
    _ = await asking.result
    #expect(session.messagesUnderWay.isEmpty)
  }
}
