/// What was asked and what was sent, for tests to compare with what they expect.
struct Counters: Sendable, Encodable {
  struct RangeRecord: Sendable, Encodable {
    let file: String
    let first: UInt64
    let last: UInt64
    /// Bytes of the body that went out; for an answer that was cut while it went straight from the file, what the
    /// peer acknowledged, its header included.
    var sent: UInt64
    let status: UInt32
  }

  /// The most records that are kept; the older half goes when there are more.
  private static let rangeLimit = 65_536

  /// By step.
  private(set) var requests: [String: Int]
  /// By HTTP status.
  private(set) var statuses: [String: Int] = [:]
  /// Requests that a fault struck.
  private(set) var faults = 0
  /// Bytes of firmware.
  private(set) var bytesSent: UInt64 = 0
  /// GETs of firmware in the order in which they came.
  private(set) var ranges: [RangeRecord] = []
  /// GETs of firmware that are going on.
  private(set) var active = 0
  private var forgotten = 0

  private enum CodingKeys: String, CodingKey {
    case requests, statuses, faults, ranges, active
    case bytesSent = "bytes_sent"
  }

  init() {
    let names = Endpoint.Step.allCases.map(\.rawValue) + ["version"]
    requests = Dictionary(uniqueKeysWithValues: names.map { ($0, 0) })
  }

  /// Begins anew, but for the GETs that are going on.
  mutating func reset() {
    let old = self
    self = Counters()
    active = old.active
    forgotten = old.forgotten + old.ranges.count
  }

  mutating func count(request name: String) {
    requests[name, default: 0] += 1
  }

  mutating func count(status: UInt32) {
    statuses[String(status), default: 0] += 1
  }

  mutating func countFault() {
    faults += 1
  }

  /// Notes a GET that is answered without a body of firmware.
  mutating func note(_ record: RangeRecord) {
    if ranges.count >= Self.rangeLimit {
      ranges.removeFirst(Self.rangeLimit / 2)
      forgotten += Self.rangeLimit / 2
    }
    ranges.append(record)
  }

  /// Notes a GET that is going on, and gives its number.
  mutating func begin(_ record: RangeRecord) -> Int {
    note(record)
    active += 1
    return forgotten + ranges.count - 1
  }

  /// Notes that a GET has ended.
  mutating func end(_ number: Int, sent: UInt64) {
    active -= 1
    bytesSent += sent
    if ranges.indices.contains(number - forgotten) { ranges[number - forgotten].sent = sent }
  }
}
