/// How long requests should be on a link: so long that the pause before each takes a thirtieth of it. Pure.
///
/// Longer ones would leave the link idle for less, but with several under way at once a reader is ever further behind
/// what has come, and whoever stops has waited for more that he does not want.
///
/// ```
///  request ──pause──▸ first byte ─────────── bytes at a connection's rate ───────────▸ end, the next request
/// ```
struct RequestSize {
  /// How much longer the bytes of a request are to take than the pause before them.
  private static let advantage = 30.0
  private static let shortest = 4
  private static let longest = 512
  /// Before anything is known.
  private static let usual = 10.0
  /// Of a new figure in the average.
  private static let weight = 0.3
  /// Fewer bytes say nothing of the rate.
  private static let tellingBytes = 256 << 10
  /// How much longer the bytes of the shortest request that is worth its pause take.
  private static let leastAdvantage = 4.0

  /// Seconds.
  private(set) var pause: Double?
  /// Seconds a byte: of this the average is soon right on a link that becomes slower.
  private var slowness: Double?

  /// A request has ended.
  ///
  /// - Parameters:
  ///   - pause: seconds until its first byte.
  ///   - seconds: from its first byte to its last.
  mutating func ended(pause: Double, bytes: Int, seconds: Double) {
    self.pause = Self.averaged(self.pause, pause)
    if bytes >= Self.tellingBytes, seconds > 0 { slowness = Self.averaged(slowness, seconds / Double(bytes)) }
  }

  /// Blocks in a request.
  var blocks: Int {
    Int(min(Double(Self.longest), max(Double(Self.shortest), blocks(during: Self.advantage) ?? Self.usual)))
  }

  /// Blocks in a request that is made shorter so that all connections are done at about the same time.
  var leastBlocks: Int {
    Int(min(Double(blocks), max(1, blocks(during: Self.leastAdvantage) ?? 1)))
  }

  /// Blocks that a connection brings while so many pauses pass.
  private func blocks(during pauses: Double) -> Double? {
    guard let pause, let rate else { return nil }
    return pauses * pause * rate / Double(BlockGrid.blockSize)
  }

  /// What a connection brings, in bytes a second.
  var rate: Double? { slowness.map { 1 / $0 } }

  private static func averaged(_ old: Double?, _ new: Double) -> Double {
    old.map { $0 + weight * (new - $0) } ?? new
  }
}
