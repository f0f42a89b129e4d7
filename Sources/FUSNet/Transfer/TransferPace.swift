/// When a transfer was last seen to go on. Pure.
///
/// A server that sends a byte a second stalls like one that sends none: a step counts when so many bytes have come.
struct TransferPace {
  /// In bytes. At the usual limit of 20 seconds that is 205 a second, a tenth of the slowest mobile links.
  private static let step = 4096

  /// Nil before the connection stands.
  private(set) var last: SuspendingClock.Instant?
  private var bytesSince = 0

  /// The connection stands, or the answer begins.
  mutating func began(at now: SuspendingClock.Instant) {
    last = now
    bytesSince = 0
  }

  mutating func came(bytes: Int, at now: SuspendingClock.Instant) {
    bytesSince += bytes
    if bytesSince >= Self.step { began(at: now) }
  }
}
