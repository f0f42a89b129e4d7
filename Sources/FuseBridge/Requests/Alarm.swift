import Glibc
import Primitives

/// Lets one thread sleep until a point in time or until another thread rings.
///
/// The corresponding C function is `poll`, of a pipe.
final class Alarm: Sendable {
  private let pipe: Pipe

  init() throws(Failure) { pipe = try Pipe(blocks: false) }

  func ring() {
    var ring: UInt8 = 1
    // If the pipe is full it rings already.
    _ = write(pipe.writeEnd, &ring, 1)
  }

  /// Returns when rung, when the time has come, or now and then for no reason.
  func wait(until instant: Instant?) {
    var poll = pollfd(fd: pipe.readEnd, events: Int16(POLLIN), revents: 0)
    Glibc.poll(&poll, 1, instant?.millisecondsFromNow ?? -1)
    var rings = [UInt8](repeating: 0, count: 64)
    _ = read(pipe.readEnd, &rings, rings.count)
  }
}

/// A point of the clock that nobody sets. The corresponding C function is `clock_gettime` of CLOCK_MONOTONIC.
struct Instant: Comparable, Sendable {
  private let nanoseconds: Int64

  static var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  static func + (instant: Instant, duration: Duration) -> Instant {
    let (seconds, attoseconds) = duration.components
    let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflowsToo) = instant.nanoseconds.addingReportingOverflow(
      overflows ? .max : whole + attoseconds / 1_000_000_000)
    return Instant(nanoseconds: overflowsToo ? .max : sum)
  }

  static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

  /// For `poll`: rounded up, 0 if it has passed, at most about 24 days.
  var millisecondsFromNow: Int32 {
    let left = max(0, nanoseconds - Instant.now.nanoseconds)
    return Int32(clamping: left / 1_000_000 + (left % 1_000_000 == 0 ? 0 : 1))
  }
}
