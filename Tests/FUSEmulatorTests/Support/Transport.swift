import Glibc
import Testing

@testable import FUSEmulator

/// What a client gets back.
struct Reply {
  var status = 0
  var headers: [(name: String, value: String)] = []
  var body: [UInt8] = []
  /// Whether the connection ended before the length that the headers promised.
  var endedEarly = false
  /// Whether it ended with a reset.
  var wasReset = false

  /// The values of a header.
  func values(_ name: String) -> [String] {
    headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
  }

  var text: String { String(decoding: body, as: UTF8.self) }

  /// The status inside the message.
  var bodyStatus: String? { self["Status"] }

  /// The first value of a tag in the message, without what surrounds it.
  subscript(_ tag: String) -> String? {
    guard let start = text.firstRange(of: "<\(tag)>"), let end = text.firstRange(of: "</\(tag)>") else {
      return nil
    }
    let inner = text[start.upperBound..<end.lowerBound].filter { !"\n\t ".contains($0) }
    guard inner.hasPrefix("<Data>"), inner.hasSuffix("</Data>") else { return inner }
    return String(inner.dropFirst("<Data>".count).dropLast("</Data>".count))
  }
}

/// Brings a request to a server and its answer back.
protocol Transport: AnyObject {
  func send(_ request: Request) throws -> Reply
}

/// Asks a service directly, at a time that the test sets.
final class DirectTransport: Transport {
  var service: Service
  var now = ContinuousClock.now

  init(_ releases: [TestRelease], settings: [(String, String)] = []) throws {
    service = Service(
      Catalogue(try releases.map { try ServedRelease(folder: $0.folder) }), settings: Settings())
    for (name, value) in settings { try set(name, value) }
  }

  func set(_ name: String, _ value: String) throws {
    try service.settings.set(name, to: value)
  }

  func send(_ request: Request) throws -> Reply {
    let answer = service.answer(request, at: now)
    if let transfer = answer.transfer { service.end(transfer: transfer, sent: answer.body.count) }
    var reply = Reply(status: Int(answer.status), headers: answer.headers.map { ($0.name, $0.value) })
    if case .bytes(let bytes) = answer.body { reply.body = bytes }
    return reply
  }
}

/// Speaks HTTP over one kept-alive connection to 127.0.0.1; every wait ends after some seconds.
final class SocketTransport: Transport {
  private let socket: Int32
  private var received: [UInt8] = []

  init(port: UInt16, patience seconds: Int = 20) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(socket >= 0)
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    _ = unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
    let status = unsafe withUnsafePointer(to: &address) { address in
      unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe connect(socket, address, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(status == 0)
  }

  deinit {
    close(socket)
  }

  func send(_ request: Request) throws -> Reply {
    try start(request)
    return try finish()
  }

  /// Sends a request without waiting for its answer.
  func start(_ request: Request) throws {
    let target = request.path + (request.query.isEmpty ? "" : "?" + request.query)
    var text = "\(request.method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    for (name, value) in request.headers { text += "\(name): \(value)\r\n" }
    if request.method == "POST" { text += "Content-Length: \(request.body.count)\r\n" }
    let bytes = Array((text + "\r\n").utf8) + request.body
    let sent = unsafe Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    try #require(sent == bytes.count)
  }

  /// Reads an answer's head and as much of its body as comes.
  /// - Parameter limit: bytes of the body after which reading stops.
  func finish(limit: Int = .max) throws -> Reply {
    var reply = Reply()
    let separator = Array("\r\n\r\n".utf8)
    var end = received.firstRange(of: separator)
    while end == nil {
      guard receive(&reply) else {
        reply.endedEarly = true
        return reply
      }
      end = received.firstRange(of: separator)
    }
    let headEnd = try #require(end)
    let head = String(decoding: received[..<headEnd.lowerBound], as: UTF8.self)
    received.removeFirst(headEnd.upperBound)
    let lines = head.split(separator: "\r\n")
    reply.status = try #require(Int(lines[0].split(separator: " ")[1]))
    reply.headers = lines.dropFirst().map { line in
      let parts = line.split(separator: ":", maxSplits: 1)
      return (String(parts[0]), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
    }
    let length = try #require(reply.values("Content-Length").first.flatMap { Int($0) })
    while received.count < min(length, limit), receive(&reply) {}
    reply.body = Array(received.prefix(length))
    reply.endedEarly = received.count < length
    received.removeFirst(min(length, received.count))
    return reply
  }

  private func receive(_ reply: inout Reply) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = unsafe recv(socket, &buffer, buffer.count, 0)
    if count < 0 && errno == ECONNRESET { reply.wasReset = true }
    guard count > 0 else { return false }
    received += buffer[..<count]
    return true
  }
}
