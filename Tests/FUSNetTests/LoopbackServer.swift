import Glibc
import Primitives

/// A tiny HTTP/1.1 server on loopback: a thread a connection, answers by a function.
final class LoopbackServer: Sendable {
  struct Request: Sendable {
    let method: String
    let target: String
    let fields: [String: String]
    let body: String
    /// Which connection it came on, from 0.
    let connection: Int
  }

  enum Answer: Sendable {
    /// Sent as it is; the connection stays open.
    case reply(head: String, body: [UInt8] = [])
    /// Sent as it is; then the connection is closed.
    case lastReply(head: String, body: [UInt8] = [])
    /// A head, then mebibytes of zeros, then the connection is closed.
    case mebibytes(Int, head: String)
    /// A head and perhaps some body, then nothing until the client goes away.
    case stall(head: String, body: [UInt8] = [])
    /// A head, then the same piece again each 20 ms: so many times, or until the client goes away.
    case drip(head: String, piece: [UInt8], times: Int = .max)
  }

  private struct State {
    var requests: [Request] = []
    var descriptors: [Int32] = []
    var isStopped = false
    var departures = 0
    var sentMebibytes = 0
  }

  private let listener: Int32
  private let port: UInt16
  private let state = Locked(State())
  private let answer: @Sendable (Request) -> Answer

  init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
    self.answer = answer
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        guard unsafe bind(listener, pointer, length) == 0, Glibc.listen(listener, 64) == 0 else {
          return Int32(-1)
        }
        return unsafe getsockname(listener, pointer, &length)
      }
    }
    guard status == 0 else { throw Failure.system("A loopback server cannot listen", errno: errno) }
    port = UInt16(bigEndian: address.sin_port)
    startThread(name: "loopback") { [self] in accept() }
  }

  var url: String { "http://127.0.0.1:\(port)/" }
  var requests: [Request] { state.withLock(\.requests) }
  var connections: Int { state.withLock(\.descriptors.count) }
  /// Clients that went away while an answer stalled or was being sent.
  var departures: Int { state.withLock(\.departures) }
  var sentMebibytes: Int { state.withLock(\.sentMebibytes) }

  /// Closes every connection; the threads end.
  func stop() {
    state.withLock { state in
      state.isStopped = true
      shutdown(listener, Int32(SHUT_RDWR))
      for descriptor in state.descriptors { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }
  }

  private func accept() {
    while true {
      let descriptor = Glibc.accept(listener, nil, nil)
      guard descriptor >= 0 else { break }
      let number: Int? = state.withLock { state in
        guard !state.isStopped else { return nil }
        state.descriptors.append(descriptor)
        return state.descriptors.count - 1
      }
      guard let number else {
        close(descriptor)
        break
      }
      startThread(name: "loopback-\(number)") { [self] in serve(descriptor, number) }
    }
    close(listener)
  }

  private func serve(_ descriptor: Int32, _ number: Int) {
    // Left open to the end of the test: `stop` must not meet a number that has been given away again.
    defer { shutdown(descriptor, Int32(SHUT_RDWR)) }
    var input: [UInt8] = []
    while let request = readRequest(descriptor, number, &input) {
      state.withLock { $0.requests.append(request) }
      switch answer(request) {
      case .reply(let head, let body):
        guard send(descriptor, Self.bytes(head) + body) else { return }
      case .lastReply(let head, let body):
        _ = send(descriptor, Self.bytes(head) + body)
        return
      case .mebibytes(let count, let head):
        _ = send(descriptor, Self.bytes(head))
        let mebibyte = [UInt8](repeating: 0, count: 1 << 20)
        for _ in 0..<count {
          guard send(descriptor, mebibyte) else {
            state.withLock { $0.departures += 1 }
            return
          }
          state.withLock { $0.sentMebibytes += 1 }
        }
        return
      case .stall(let head, let body):
        _ = send(descriptor, Self.bytes(head) + body)
        var byte: UInt8 = 0
        while unsafe recv(descriptor, &byte, 1, 0) > 0 {}
        state.withLock { $0.departures += 1 }
        return
      case .drip(let head, let piece, let times):
        var isHeard = send(descriptor, Self.bytes(head))
        var sent = 0
        while isHeard, sent < times {
          usleep(20_000)
          isHeard = send(descriptor, piece)
          sent += 1
        }
        guard isHeard else {
          state.withLock { $0.departures += 1 }
          return
        }
      }
    }
  }

  /// Lines are written with `\n` in the tests.
  private static func bytes(_ head: String) -> [UInt8] {
    head.isEmpty ? [] : head.utf8.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] } + [0x0D, 0x0A, 0x0D, 0x0A]
  }

  private func readRequest(_ descriptor: Int32, _ number: Int, _ input: inout [UInt8]) -> Request? {
    let end: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
    while true {
      if let start = input.indices.first(where: { input[$0...].starts(with: end) }) {
        let lines = String(decoding: input[..<start], as: UTF8.self).split(separator: "\r\n").map(String.init)
        let words = lines[0].split(separator: " ").map(String.init)
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
          let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
          fields[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].dropFirst()) : ""
        }
        let length = Int(fields["content-length"] ?? "0") ?? 0
        if input.count >= start + 4 + length {
          let body = String(decoding: input[(start + 4)..<(start + 4 + length)], as: UTF8.self)
          input.removeFirst(start + 4 + length)
          return Request(method: words[0], target: words[1], fields: fields, body: body, connection: number)
        }
      }
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      input += buffer.prefix(count)
    }
  }

  private func send(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let rest = Array(bytes[sent...])
      let count = unsafe Glibc.send(descriptor, rest, rest.count, Int32(MSG_NOSIGNAL))
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }
}
