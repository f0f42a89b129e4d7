import Primitives

/// Lets through exactly the range asked for, and nothing of any other reply.
final class RangeReceiver: TransferReceiver {
  enum Ending: Sendable, Equatable {
    /// All bytes were delivered.
    case complete
    /// The reply is not what the protocol says, or ended early.
    case faulty(Failure)
    /// A reply without a range: its status, and the beginning of its body.
    case other(HTTPResponseHead, body: [UInt8])
    /// The receiver wanted no more.
    case stopped
  }

  private enum State {
    case waiting
    case delivering(remaining: UInt64)
    case ended(Ending)
    case diagnosing(HTTPResponseHead, body: [UInt8])
  }

  /// Enough of a refusal's body to find the status in it, in bytes.
  private static let diagnosis = 16 << 10

  private let range: Range<UInt64>
  private let total: UInt64
  private let host: String
  private let receiver: any DownloadReceiver
  private let headArrived: @Sendable (HTTPResponseHead) -> Void
  private let state = Locked(State.waiting)

  init(
    range: Range<UInt64>, total: UInt64, host: String, receiver: any DownloadReceiver,
    headArrived: @escaping @Sendable (HTTPResponseHead) -> Void
  ) {
    self.range = range
    self.total = total
    self.host = host
    self.receiver = receiver
    self.headArrived = headArrived
  }

  /// What it came to, once the transfer has ended.
  var ending: Ending {
    state.withLock { state in
      switch state {
      case .waiting: .faulty(fault("ended before it began"))
      case .delivering(0): .complete
      case .delivering(let remaining): .faulty(fault("ended \(remaining) bytes early"))
      case .ended(let ending): ending
      case .diagnosing(let head, let body): .other(head, body: body)
      }
    }
  }

  func begin(_ head: HTTPResponseHead) -> Bool {
    headArrived(head)
    return state.withLock { state in
      guard head.status == 206 else {
        state = .diagnosing(head, body: [])
        return true
      }
      if let failure = flaw(in: head) {
        state = .ended(.faulty(failure))
        return false
      }
      state = .delivering(remaining: UInt64(range.count))
      return true
    }
  }

  func receive(_ bytes: RawSpan) -> Bool {
    let goesOn = state.withLock { state in
      switch state {
      case .waiting, .ended: return false
      case .delivering(let remaining):
        guard let count = UInt64(exactly: bytes.byteCount), count <= remaining else {
          state = .ended(.faulty(fault("has more bytes than were asked for")))
          return false
        }
        state = .delivering(remaining: remaining - count)
        return true
      case .diagnosing(let head, var body):
        let room = Self.diagnosis - body.count
        unsafe bytes.withUnsafeBytes { unsafe body.append(contentsOf: $0.prefix(room)) }
        state = .diagnosing(head, body: body)
        return bytes.byteCount < room
      }
    }
    guard goesOn, isDelivering else { return goesOn }
    if receiver.receive(bytes) { return true }
    state.withLock { $0 = .ended(.stopped) }
    return false
  }

  private var isDelivering: Bool {
    state.withLock { if case .delivering = $0 { true } else { false } }
  }

  /// What is wrong with a head of status 206; nil if nothing is. Another file's total is `replaced`.
  private func flaw(in head: HTTPResponseHead) -> Failure? {
    let ranges = head.values("Content-Range")
    guard ranges.count == 1, let given = ContentRange(ranges[0]) else {
      return fault("does not say which bytes it holds")
    }
    guard given.bytes == range else { return fault("holds other bytes than were asked for") }
    guard given.total == total else {
      return Failure(
        .replaced,
        "\(host) has a file of \(given.total) bytes under this name, where \(total) were announced.",
        cure: "Open it again in a minute: the server is asked anew.")
    }
    if let length = head.value("Content-Length"), UInt64(length) != UInt64(range.count) {
      return fault("has a length of its own")
    }
    if let encoding = head.value("Content-Encoding"), encoding.lowercased() != "identity" {
      return fault("is encoded, which was not asked for")
    }
    return nil
  }

  private func fault(_ what: String, file: StaticString = #fileID, line: UInt = #line) -> Failure {
    Failure(.network, "A reply of \(host) \(what).", file: file, line: line)
  }
}
