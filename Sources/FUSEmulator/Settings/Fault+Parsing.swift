extension Fault {
  /// The fault that `KIND[:ARGUMENT][@WHERE][xCOUNT]` names.
  init(_ text: String) throws(EmulatorFailure) {
    var rest = text[...]
    var count: Int?
    if let cross = rest.lastIndex(of: "x"), let number = Int(rest[rest.index(after: cross)...]), number > 0 {
      count = number
      rest = rest[..<cross]
    }
    var place: Place?
    if let sign = rest.lastIndex(of: "@") {
      let name = String(rest[rest.index(after: sign)...])
      place = Place(rawValue: name)
      guard place != nil else { throw EmulatorFailure("fault \(text): there is no place named \(name)") }
      rest = rest[..<sign]
    }
    let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let kind = Self.kind(parts[0], argument: parts.count > 1 ? parts[1] : nil) else {
      throw EmulatorFailure("fault \(text): \(rest) is no fault; --help lists them")
    }
    let places = kind.places
    guard let first = places.first, place.map(places.contains) ?? true else {
      throw EmulatorFailure(
        "fault \(text): \(parts[0]) can only strike \(places.map(\.rawValue).joined(separator: ", "))")
    }
    self.init(kind, at: place ?? first, count: count)
  }

  private static func kind(_ name: String, argument: String?) -> Kind? {
    switch (name, argument) {
    case ("500", nil), ("502", nil), ("504", nil), ("401", nil), ("403", nil), ("405", nil):
      UInt32(name).map { .status($0, retryAfter: nil) }
    case ("401", "body"), ("403", "body"), ("405", "body"): UInt32(name).map { .bodyStatus($0) }
    case ("503", nil): .status(503, retryAfter: 1)
    case ("503", let seconds?): Int(seconds).flatMap { $0 >= 0 ? .status(503, retryAfter: $0) : nil }
    case ("reset", nil): .reset(after: nil)
    case ("reset", let bytes?): Quantity.bytes(bytes).map { .reset(after: $0) }
    case ("short", nil): .short(honest: false)
    case ("short", "honest"): .short(honest: true)
    case ("stall", nil): .stall(after: nil)
    case ("stall", let bytes?): Quantity.bytes(bytes).map { .stall(after: $0) }
    case ("ignore-range", nil): .ignoreRange
    case ("wrong-range", nil): .wrongRange
    case ("wrong-total", nil): .wrongTotal
    case ("flip", nil): .flip(1)
    case ("flip", let count?): Int(count).flatMap { (1...65_536).contains($0) ? .flip($0) : nil }
    case ("html", nil): .html
    case ("redirect", let address): .redirect(address)
    case ("gzip", nil): .gzip
    case ("headers", nil): .headers
    case ("drip", nil): .drip(1)
    case ("drip", let rate?): Quantity.bytes(rate).flatMap { $0 > 0 ? .drip($0) : nil }
    case ("other-version", let version): .otherVersion(version)
    case ("not-xml", nil): .notXML
    case ("entities", nil): .entities
    case ("huge", nil): .huge
    case ("bad-size", let size): .badSize(size ?? "-1")
    case ("bad-name", nil): .badName(.dots)
    case ("bad-name", let what?): BadName(rawValue: what).map { .badName($0) }
    case ("truncated-xml", nil): .truncatedXML
    default: nil
    }
  }
}

extension Fault.Kind {
  /// Where the fault can strike; the first is where it strikes when nothing is said.
  var places: [Fault.Place] {
    switch self {
    case .status, .html, .reset, .short, .stall, .redirect, .gzip, .headers, .drip:
      [.data, .tail, .nonce, .history, .inform, .initialise]
    case .flip: [.data, .tail, .nonce, .history, .inform, .initialise]
    case .ignoreRange, .wrongRange, .wrongTotal: [.data, .tail]
    case .bodyStatus: [.inform, .initialise, .nonce, .history]
    case .notXML, .entities, .huge, .truncatedXML: [.inform, .nonce, .history, .initialise]
    case .otherVersion, .badSize, .badName: [.inform]
    }
  }
}
