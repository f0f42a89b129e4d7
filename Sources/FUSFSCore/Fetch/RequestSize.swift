/// How long requests should be on a link: so long that the pause before each takes a thirtieth of it. Pure.
///
/// ```
///  request ──pause──▸ first byte ─────────── bytes at a connection's rate ───────────▸ end, the next request
/// ```
struct RequestSize {
  /// How much longer the bytes of a request are to take than the pause before them.
  private static let advantage = 30.0
  private static let shortest = 4
  private static let longest = 64
  /// Before anything is known.
  private static let usual = 10
  /// Of a new figure in the average.
  private static let weight = 0.3
  /// Fewer bytes say nothing of the rate.
  private static let tellingBytes = 512 << 10

  /// Seconds.
  private var pause: Double?
  /// Bytes a second.
  private var rate: Double?

  /// A request has ended.
  ///
  /// - Parameters:
  ///   - pause: seconds until its first byte.
  ///   - seconds: from its first byte to its last.
  mutating func ended(pause: Double, bytes: Int, seconds: Double) {
    self.pause = Self.averaged(self.pause, pause)
    if bytes >= Self.tellingBytes, seconds > 0 { rate = Self.averaged(rate, Double(bytes) / seconds) }
  }

  /// Blocks in a request.
  var blocks: Int {
    guard let pause, let rate else { return Self.usual }
    let bytes = Self.advantage * pause * rate
    return Int(min(Double(Self.longest), max(Double(Self.shortest), bytes / Double(BlockGrid.blockSize))))
  }

  private static func averaged(_ old: Double?, _ new: Double) -> Double {
    old.map { $0 + weight * (new - $0) } ?? new
  }
}
