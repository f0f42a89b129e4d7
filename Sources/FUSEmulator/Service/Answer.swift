/// What the server sends back.
struct Answer: Sendable {
  enum Body: Equatable, Sendable {
    case bytes([UInt8])
    /// A stretch of a file, `count` bytes from `first`.
    case file(String, first: UInt64, count: UInt64)
    /// `filling` bytes `A` between a head and a tail, made as they are sent.
    case padded(head: [UInt8], filling: UInt64, tail: [UInt8])

    var count: UInt64 {
      switch self {
      case .bytes(let bytes): UInt64(bytes.count)
      case .file(_, _, let count): count
      case .padded(let head, let filling, let tail): UInt64(head.count) + filling + UInt64(tail.count)
      }
    }
  }

  var status: UInt32 = 200
  var headers: [Header]
  var body: Body
  var delivery = Delivery()
  /// Under which number the range counters know this answer.
  var transfer: Int?

  struct Header: Equatable, Sendable {
    let name: String
    let value: String

    init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  init(status: UInt32 = 200, type: String, body: [UInt8]) {
    self.status = status
    headers = [Header("Content-Type", type)]
    self.body = .bytes(body)
  }

  init(status: UInt32, headers: [Header], body: Body) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  static func message(_ message: ReplyMessage) -> Answer {
    Answer(type: "text/xml;charset=UTF-8", body: message.xml)
  }

  func with(_ header: Header) -> Answer {
    var answer = self
    answer.headers.append(header)
    return answer
  }

  mutating func replaceHeader(_ name: String, with value: String) {
    headers = headers.filter { $0.name != name } + [Header(name, value)]
  }
}

/// How a body goes out.
struct Delivery: Equatable, Sendable {
  /// How a body ends before its promised length.
  enum Ending: Equatable, Sendable {
    /// It does not.
    case whole
    /// The connection is closed after so many bytes.
    case closed(after: UInt64)
    /// The connection is reset after so many bytes.
    case reset(after: UInt64)
    /// Nothing comes after so many bytes, until the client goes.
    case stalled(after: UInt64)
  }

  /// Waited before the first byte.
  var latency: Duration = .zero
  /// Bytes per second.
  var rate: UInt64?
  var ending = Ending.whole
  /// How many bytes, spread over the body, are inverted.
  var flips = 0

  /// Whether the body can go out as it is, as fast as it can.
  var isPlain: Bool { rate == nil && ending == .whole && flips == 0 }

  /// The places of the inverted bytes in a body of some length: the middles of as many equal parts.
  func flippedPlaces(in count: UInt64) -> [UInt64] {
    guard flips > 0, count > 0 else { return [] }
    let parts = 2 * UInt64(flips)
    return stride(from: 1, to: parts, by: 2).map { part in
      parts.dividingFullWidth(count.multipliedFullWidth(by: part)).quotient
    }
  }
}
