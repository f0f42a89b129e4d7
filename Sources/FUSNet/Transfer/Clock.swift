import Glibc

/// Time as people count it. Spans are measured by `SuspendingClock`, which nobody sets.
enum Clock {
  /// Seconds since 1970, UTC.
  static var calendar: Int64 {
    Int64(time(nil))
  }
}
