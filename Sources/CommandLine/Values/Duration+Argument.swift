extension Duration {
  /// Units of a length of time, finest first; the raw value is what stands behind the number.
  private enum Unit: String, CaseIterable {
    case milliseconds = "ms"
    case seconds = "s"
    case minutes = "m"
    case hours = "h"
    case days = "d"

    var milliseconds: Int64 {
      switch self {
      case .milliseconds: 1
      case .seconds: 1000
      case .minutes: 60_000
      case .hours: 3_600_000
      case .days: 86_400_000
      }
    }
  }

  /// Reads a length of time as a person writes it: `90` (seconds), `500ms`, `2m`, `1h`, `7d`.
  init?(parsing text: String) {
    guard let (number, suffix) = leadingNumber(in: text), let count = Int64(exactly: number),
      let unit = suffix.isEmpty ? .seconds : Unit(rawValue: suffix)
    else { return nil }
    let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
    guard !overflow else { return nil }
    self = .milliseconds(milliseconds)
  }

  /// The length in whole milliseconds with the largest unit that divides it: `parsing:` gives it back.
  var argument: String {
    let (seconds, attoseconds) = components
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    let unit =
      Unit.allCases.last { milliseconds % $0.milliseconds == 0 && milliseconds >= $0.milliseconds }
      ?? .seconds
    return "\(milliseconds / unit.milliseconds)\(unit.rawValue)"
  }

  /// The length in the two largest units that it reaches, whole seconds at the finest: `2 h 5 min`, `40 s`.
  var words: String {
    let seconds = max(0, components.seconds)
    let parts = [
      (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s"),
    ]
    let shown = parts.drop { $0.0 == 0 }.prefix(2).filter { $0.0 > 0 }
    return shown.isEmpty ? "0 s" : shown.map { "\($0.0) \($0.1)" }.joined(separator: " ")
  }
}
