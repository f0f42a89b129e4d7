import Primitives
import TestSupport
import Testing

@testable import FUSNet

@Suite(.timeLimit(.minutes(10)))
struct TransferLoopTests {
  private func loop(stall: Double = 30, reply: Double = 60, connections: Int = 4) throws -> TransferLoop {
    try TransferLoop(
      TransferLoop.Configuration(
        proxy: "", connectTimeout: 5, stallTimeout: stall, replyTimeout: reply, maxConnections: connections))
  }

  private func request(_ server: LoopbackServer, _ path: String = "x", lane: HTTPRequest.Lane = .bulk)
    -> HTTPRequest
  {
    HTTPRequest(
      method: .get, url: server.url + path, host: "loopback", fields: [HTTPField("Authorization", "secret")],
      lane: lane)
  }

  /// Why the request failed; nil if it did not.
  private func fault(
    _ loop: TransferLoop, _ request: HTTPRequest, _ collector: BodyCollector = BodyCollector(limit: 100)
  ) async -> TransferFault? {
    do throws(TransferFault) {
      _ = try await loop.perform(request, to: collector)
      return nil
    } catch {
      return error
    }
  }

  @Test func connectionsAreReused() async throws {
    let server = try LoopbackServer { _ in
      .reply(head: "HTTP/1.1 200 OK\nContent-Length: 5\nX: y", body: Array("hello".utf8))
    }
    defer { server.stop() }
    let loop = try loop()
    defer { loop.close() }
    for _ in 0..<5 {
      let collector = BodyCollector(limit: 100)
      let head = try await loop.perform(request(server), to: collector)
      #expect(head.status == 200)
      #expect(head.value("x") == "y")
      #expect(collector.body == Array("hello".utf8))
    }
    #expect(server.requests.count == 5)
    #expect(server.connections == 1)
    #expect(server.requests[0].fields["accept-encoding"] == "identity")
  }

  @Test func postsCarryTheirBodyAndNoTypeOfItsOwn() async throws {
    let server = try LoopbackServer { _ in .reply(head: "HTTP/1.1 200 OK\nContent-Length: 0") }
    defer { server.stop() }
    let loop = try loop()
    defer { loop.close() }
    for body in ["", "<a>é</a>"] {
      var post = request(server, lane: .control)
      post.method = .post(body: Array(body.utf8))
      post.fields.append(HTTPField("Content-Type", ""))
      _ = try await loop.perform(post, to: BodyCollector(limit: 0))
    }
    #expect(server.requests.map(\.method) == ["POST", "POST"])
    #expect(server.requests.map(\.body) == ["", "<a>é</a>"])
    #expect(server.requests[0].fields["content-length"] == "0")
    #expect(server.requests[1].fields["content-type"] == nil)
  }

  @Test func redirectsAreNotFollowed() async throws {
    let other = try LoopbackServer { _ in .reply(head: "HTTP/1.1 200 OK\nContent-Length: 0") }
    let target = other.url
    let server = try LoopbackServer { _ in
      .reply(head: "HTTP/1.1 302 Found\nLocation: \(target)\nContent-Length: 0")
    }
    defer {
      server.stop()
      other.stop()
    }
    let loop = try loop()
    defer { loop.close() }
    let head = try await loop.perform(request(server), to: BodyCollector(limit: 100))
    #expect(head.status == 302)
    #expect(other.connections == 0)
  }

  @Test func shortBodiesAreFaults() async throws {
    let server = try LoopbackServer { _ in
      .lastReply(head: "HTTP/1.1 200 OK\nContent-Length: 10", body: [1, 2, 3])
    }
    defer { server.stop() }
    let loop = try loop()
    defer { loop.close() }
    let fault = await fault(loop, request(server))
    guard case .transient(let failure) = fault else {
      Issue.record("\(String(describing: fault))")
      return
    }
    #expect(failure.code == .network)
  }

  @Test func whatIsNotHTTPIsAFault() async throws {
    let server = try LoopbackServer { _ in .lastReply(head: "", body: Array("hello\r\n\r\n".utf8)) }
    defer { server.stop() }
    let loop = try loop()
    defer { loop.close() }
    #expect(await fault(loop, request(server)) != nil)
  }

  @Test func endlessHeadsAreCutOff() async throws {
    let line = String(repeating: "a", count: 1000)
    let head = "HTTP/1.1 200 OK\n" + (0..<90).map { "X\($0): \(line)" }.joined(separator: "\n")
    let server = try LoopbackServer { _ in .lastReply(head: head) }
    defer { server.stop() }
    let loop = try loop()
    defer { loop.close() }
    let fault = await fault(loop, request(server))
    guard case .permanent(let failure) = fault else {
      Issue.record("\(String(describing: fault))")
      return
    }
    #expect(failure.cause.contains("too long"))
  }

  /// Heads that announce another count together.
  @Test func endlessInterimHeadsAreCutOff() async throws {
    let heads = (0..<4000).map { _ in "HTTP/1.1 102 Processing\r\n\r\n" }.joined()
    let server = try LoopbackServer { _ in
      .lastReply(head: "", body: Array((heads + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").utf8))
    }
    defer { server.stop() }
    let loop = try loop()
    defer { loop.close() }
    guard case .permanent(let failure) = await fault(loop, request(server)) else {
      Issue.record("not cut off")
      return
    }
    #expect(failure.cause.contains("too long"))
  }

  @Test func interimHeadsAreNoProgress() async throws {
    let server = try LoopbackServer { _ in
      .drip(head: "", piece: Array("HTTP/1.1 102 Processing\r\n\r\n".utf8))
    }
    defer { server.stop() }
    let loop = try loop(stall: 0.3)
    defer { loop.close() }
    guard case .transient(let failure) = await fault(loop, request(server)) else {
      Issue.record("not ended")
      return
    }
    #expect(failure.code == .timedOut)
  }

  @Test func aHundredMebibytesAreCutOff() async throws {
    let server = try LoopbackServer { _ in .mebibytes(100, head: "HTTP/1.1 200 OK\nConnection: close") }
    defer { server.stop() }
    let loop = try loop()
    defer { loop.close() }
    let collector = BodyCollector(limit: 8 << 20)
    #expect(await fault(loop, request(server), collector) == .stopped)
    #expect(collector.isTooLong)
    #expect(collector.body.count <= 8 << 20)
    #expect(await eventually { server.departures > 0 })
    #expect(server.sentMebibytes < 100)
  }

  @Test func aStallEndsAtItsTime() async throws {
    let server = try LoopbackServer { _ in .stall(head: "HTTP/1.1 200 OK\nContent-Length: 10", body: [1]) }
    defer { server.stop() }
    let loop = try loop(stall: 0.2)
    defer { loop.close() }
    let fault = await fault(loop, request(server))
    guard case .transient(let failure) = fault else {
      Issue.record("\(String(describing: fault))")
      return
    }
    #expect(failure.code == .timedOut)
    #expect(await eventually { server.departures > 0 })
  }

  @Test func aControlReplyEndsAtItsTimeHoweverSteadilyItComes() async throws {
    let server = try LoopbackServer { _ in
      .drip(head: "HTTP/1.1 200 OK\nConnection: close", piece: [UInt8](repeating: 1, count: 4096))
    }
    defer { server.stop() }
    let loop = try loop(reply: 0.5)
    defer { loop.close() }
    let request = request(server, lane: .control)
    guard case .transient(let failure) = await fault(loop, request, BodyCollector(limit: .max)) else {
      Issue.record("not ended")
      return
    }
    #expect(failure.code == .timedOut)
    #expect(failure.cause.contains("has not ended its reply"))
    #expect(await eventually { server.departures > 0 })
  }

  @Test func aStretchGoesOnForAsLongAsBytesCome() async throws {
    let server = try LoopbackServer { _ in
      .drip(head: "HTTP/1.1 200 OK\nContent-Length: 100", piece: [UInt8](repeating: 1, count: 4), times: 25)
    }
    defer { server.stop() }
    let loop = try loop(reply: 0.1)
    defer { loop.close() }
    #expect(await fault(loop, request(server)) == nil)
  }

  /// A router has forgotten all connections: one of them is found dead, and the others are not tried.
  @Test func connectionsOlderThanASilenceAreNotUsedAgain() async throws {
    let arrived = Locked(0)
    let server = try LoopbackServer { request in
      if request.target == "/together" {
        arrived.withLock { $0 += 1 }
        _ = eventuallyBlocking(within: .seconds(100)) { arrived.withLock { $0 } == 3 }
      } else if request.connection < 3 {
        return .stall(head: "")
      }
      return .reply(head: "HTTP/1.1 200 OK\nContent-Length: 0")
    }
    defer { server.stop() }
    let loop = try loop(stall: 3)
    defer { loop.close() }
    let together = request(server, "together")
    let tasks = (0..<3).map { _ in Task { try await loop.perform(together, to: BodyCollector(limit: 100)) } }
    for task in tasks { #expect(try await task.value.status == 200) }
    #expect(server.connections == 3)
    #expect(await fault(loop, request(server)) != nil)
    #expect(await fault(loop, request(server)) == nil)
    #expect(server.connections == 4)
  }

  @Test(arguments: ["", "HTTP/1.1 200 OK\nContent-Length: 10"])
  func cancellingEndsAStalledTransfer(_ head: String) async throws {
    let server = try LoopbackServer { _ in .stall(head: head) }
    defer { server.stop() }
    let loop = try loop()
    defer { loop.close() }
    let request = request(server)
    let task = Task { try await loop.perform(request, to: BodyCollector(limit: 100)) }
    #expect(await eventually { !server.requests.isEmpty })
    task.cancel()
    await #expect(throws: TransferFault.cancelled) { try await task.value }
    #expect(await eventually { server.departures > 0 })
  }

  @Test func closingEndsEverything() async throws {
    let server = try LoopbackServer { _ in .stall(head: "") }
    defer { server.stop() }
    let loop = try loop(connections: 1)
    let request = request(server)
    let tasks = (0..<3).map { _ in Task { try await loop.perform(request, to: BodyCollector(limit: 100)) } }
    #expect(await eventually { !server.requests.isEmpty })
    loop.close()
    for task in tasks { await #expect(throws: TransferFault.cancelled) { try await task.value } }
    #expect(await fault(loop, request) == .cancelled)
    #expect(server.connections == 1)
  }

  @Test func closingWaitsForTheThread() async throws {
    let server = try LoopbackServer { _ in .stall(head: "") }
    defer { server.stop() }
    let loop = try loop()
    let request = request(server)
    let task = Task { try await loop.perform(request, to: BodyCollector(limit: 100)) }
    #expect(await eventually { !server.requests.isEmpty })
    #expect(loop.close(within: .seconds(60)))
    // What libcurl held is gone with the thread.
    #expect(await eventually { server.departures == 1 })
    #expect(loop.close(within: .zero))
    await #expect(throws: TransferFault.cancelled) { try await task.value }
  }

  @Test func closingWaitsNoLongerThanItsLimit() async throws {
    /// Keeps the transfer thread from its end.
    final class Holder: TransferReceiver {
      let isHeld = Locked(false)
      let release = Semaphore()
      func begin(_ head: HTTPResponseHead) -> Bool {
        isHeld.withLock { $0 = true }
        release.wait()
        return true
      }
      func receive(_ bytes: RawSpan) -> Bool { true }
    }
    let server = try LoopbackServer { _ in .reply(head: "HTTP/1.1 200 OK\nContent-Length: 0") }
    defer { server.stop() }
    let loop = try loop()
    let (request, holder) = (request(server), Holder())
    let task = Task { try? await loop.perform(request, to: holder) }
    #expect(await eventually { holder.isHeld.withLock { $0 } })
    #expect(!loop.close(within: .milliseconds(50)))
    holder.release.signal()
    #expect(loop.close(within: .seconds(60)))
    _ = await task.value
  }

  @Test func bulkRequestsWaitForTheirTurnAndControlRequestsDoNot() async throws {
    let server = try LoopbackServer { request in
      request.target == "/control" ? .reply(head: "HTTP/1.1 200 OK\nContent-Length: 0") : .stall(head: "")
    }
    defer { server.stop() }
    let loop = try loop(connections: 2)
    defer { loop.close() }
    let request = request(server)
    let tasks = (0..<5).map { _ in Task { try await loop.perform(request, to: BodyCollector(limit: 100)) } }
    #expect(await eventually { server.requests.count >= 2 })
    let control = self.request(server, "control", lane: .control)
    #expect(try await loop.perform(control, to: BodyCollector(limit: 100)).status == 200)
    #expect(server.requests.count { $0.target == "/x" } == 2)
    for task in tasks { task.cancel() }
    for task in tasks { await #expect(throws: TransferFault.cancelled) { try await task.value } }
  }

  @Test func anUnreachableServerIsNamed() async throws {
    let server = try LoopbackServer { _ in .stall(head: "") }
    let request = request(server)
    server.stop()
    let loop = try loop()
    defer { loop.close() }
    let fault = await fault(loop, request)
    guard case .transient(let failure) = fault else {
      Issue.record("\(String(describing: fault))")
      return
    }
    #expect(failure.code == .network && failure.cause.contains("loopback"))
  }
}
