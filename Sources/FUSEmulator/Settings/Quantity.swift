/// Numbers as people write them on a command line.
enum Quantity {
  /// A count of bytes: digits, then nothing or `K`, `M`, `G` (powers of 1024).
  static func bytes(_ text: String) -> UInt64? {
    let shifts: [Character: UInt64] = ["K": 10, "M": 20, "G": 30]
    let shift = text.last.flatMap { shifts[Character($0.uppercased())] }
    guard let number = UInt64(shift == nil ? text[...] : text.dropLast()) else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << (shift ?? 0))
    return overflow ? nil : bytes
  }

  /// A time: a decimal number of the unit, or one that carries `ms`, `s` or `m` itself; at most a day.
  static func duration(_ text: String, unit: Duration) -> Duration? {
    let units: [(String, Duration)] = [("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60))]
    let carried = units.first { text.hasSuffix($0.0) }
    guard let number = Double(text.dropLast(carried?.0.count ?? 0)), number >= 0, number.isFinite else {
      return nil
    }
    let one = carried?.1 ?? unit
    guard number <= Duration.seconds(86_400) / one else { return nil }
    return one * number
  }
}
