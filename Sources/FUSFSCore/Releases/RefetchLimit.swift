/// How often what is damaged is fetched anew: what comes damaged again may be so on the server.
///
/// Pure; times are seconds on a clock of the caller's.
struct RefetchLimit: Sendable {
  /// In seconds.
  static var interval: Double { 600 }

  private var last: Double?

  /// Whether it may be fetched anew now; it is taken to be so then.
  mutating func allows(at now: Double) -> Bool {
    if let last, now >= last, now < last + Self.interval { return false }
    last = now
    return true
  }
}
