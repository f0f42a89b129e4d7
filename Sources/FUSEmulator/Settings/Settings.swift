/// How the server behaves; every setting can be changed while it runs.
struct Settings: Sendable {
  /// When a session's nonce is replaced by another on a reply.
  enum NonceRotation: String, Sendable {
    case never
    /// On the reply to Init.
    case onInit = "init"
    /// On every reply of the session, ranges included.
    case every
  }

  /// The generation of clients on the kies endpoints that send no `X-FUS-Protocol-Ver`.
  var kies = Generation.kies2
  /// How long an authorisation lasts, from its GenerateNonce; endlessly where nothing is said.
  var lapseAfter: Duration?
  /// How many bytes may be asked for under one authorisation before it lapses.
  var lapseBytes: UInt64?
  /// Waited before every answer.
  var latency: Duration = .zero
  /// Bytes per second of each connection.
  var rate: UInt64?
  /// How many GETs may run at once.
  var parallel: Int?
  var rotation = NonceRotation.never
  /// The first that fits a request strikes it.
  var faults: [Fault] = []

  /// The names that `set` takes.
  static let names = [
    "kies", "lapse-after", "lapse-bytes", "latency", "rate", "parallel", "rotate-nonce", "fault",
  ]

  /// Changes one setting; an empty value or `off` takes a limit away, and for `fault` clears all faults.
  mutating func set(_ name: String, to value: String) throws(EmulatorFailure) {
    let off = value.isEmpty || value == "off"
    switch name {
    case "kies":
      switch value {
      case "kies1": kies = .kies1
      case "kies2": kies = .kies2
      default: throw EmulatorFailure("kies is kies1 or kies2, not \(value)")
      }
    case "lapse-after":
      lapseAfter = off ? nil : try Self.need(Quantity.duration(value, unit: .seconds(1)), name, value)
    case "lapse-bytes": lapseBytes = off ? nil : try Self.need(Quantity.bytes(value), name, value)
    case "latency":
      latency = off ? .zero : try Self.need(Quantity.duration(value, unit: .milliseconds(1)), name, value)
    case "rate":
      rate = off ? nil : try Self.need(Quantity.bytes(value).flatMap { $0 > 0 ? $0 : nil }, name, value)
    case "parallel":
      parallel = off ? nil : try Self.need(Int(value).flatMap { $0 > 0 ? $0 : nil }, name, value)
    case "rotate-nonce": rotation = off ? .never : try Self.need(NonceRotation(rawValue: value), name, value)
    case "fault":
      if off { faults = [] } else { faults.append(try Fault(value)) }
    default: throw EmulatorFailure("there is no setting named \(name)")
    }
  }

  /// The fault that strikes a request at any of these places, if one does.
  mutating func takeFault(at places: Set<Fault.Place>) -> Fault.Kind? {
    for index in faults.indices where faults[index].strikes(places) {
      return faults[index].kind
    }
    return nil
  }

  private static func need<Value>(
    _ value: Value?, _ name: String, _ text: String
  ) throws(EmulatorFailure) -> Value {
    guard let value else { throw EmulatorFailure("\(name) cannot be \(text)") }
    return value
  }
}
