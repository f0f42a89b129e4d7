import Glibc

/// A moment to the second, in the parts that logs print.
struct Timestamp: Sendable, Equatable {
  var year: Int
  /// 1 to 12.
  var month: Int
  var day: Int
  var hour: Int
  var minute: Int
  var second: Int

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// `Feb  5 17:32:18`, as RFC 3164 has it.
  var inSystemLog: String {
    "\(Self.months[month - 1]) \(day < 10 ? " " : "")\(day) \(clock)"
  }

  /// `2026-02-05T17:32:18Z`, for a moment in UTC.
  var inLogFile: String {
    "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))T\(clock)Z"
  }

  private var clock: String {
    "\(Self.padded(hour, 2)):\(Self.padded(minute, 2)):\(Self.padded(second, 2))"
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

extension Timestamp {
  enum Zone { case utc, local }

  static func now(in zone: Zone) -> Timestamp { Timestamp(secondsSinceEpoch: Int64(time(nil)), in: zone) }

  /// The corresponding C functions are `gmtime_r` and `localtime_r`.
  init(secondsSinceEpoch: Int64, in zone: Zone = .utc) {
    var seconds = time_t(secondsSinceEpoch)
    var parts = unsafe tm()
    switch zone {
    case .utc: unsafe gmtime_r(&seconds, &parts)
    case .local: unsafe localtime_r(&seconds, &parts)
    }
    unsafe self.init(
      year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday),
      hour: Int(parts.tm_hour), minute: Int(parts.tm_min), second: Int(parts.tm_sec))
  }
}
