import Glibc

/// Time in seconds.
enum Clock {
  /// Never goes back; from an arbitrary start. The corresponding C function is `clock_gettime`.
  static var monotonic: Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Since 1970, UTC.
  static var calendar: Int64 {
    Int64(time(nil))
  }
}
