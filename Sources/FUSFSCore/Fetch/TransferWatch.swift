/// Notices transfers that bring far less than a new connection would. Pure; times are seconds on a clock of the caller's.
///
/// Where the others bring much more, a transfer is renewed: its connection is stuck, or belongs to a time when the link
/// was slower. Where all bring much less than when they began, the link has become slower, or all are stuck: then one is
/// renewed to see, later another.
struct TransferWatch {
  /// A transfer as it is now.
  struct Transfer {
    let bytes: Int
    /// How often it has been renewed: each time it is given twice as long.
    let renewals: Int
  }

  private struct Seen {
    var bytes: Int
    let usualRate: Double
    /// Looks in a row at which it was much slower than another, and than usual.
    var looksBehindOthers = 0
    var looksBehindUsual = 0
  }

  /// Seconds between two looks.
  static let interval = 1.0
  private static let muchSlower = 8.0
  private static let leastLooks = 2
  private static let mostDoublings = 5
  private static let longestPause = 32.0
  /// Bytes a second that are more than the last drops of a link that is gone.
  private static let leastRate = 16_384.0

  private var seen: [Int: Seen] = [:]
  private var lastLook = 0.0
  private var nextTrial = 0.0
  private var trialPause = 2 * interval

  /// Those that are to be renewed.
  ///
  /// - Parameters:
  ///   - transfers: all that are under way, by numbers that are never used again.
  ///   - usualRate: what a connection has brought lately, in bytes a second.
  ///   - usualPause: seconds until the first byte.
  mutating func look(
    at now: Double, _ transfers: [Int: Transfer], usualRate: Double, usualPause: Double
  ) -> [Int] {
    let seconds = now - lastLook
    lastLook = now
    seen = seen.filter { transfers[$0.key] != nil }
    var rates: [Int: Double] = [:]
    for (id, transfer) in transfers {
      if let bytes = seen[id]?.bytes, seconds > 0 { rates[id] = Double(transfer.bytes - bytes) / seconds }
      seen[id, default: Seen(bytes: 0, usualRate: usualRate)].bytes = transfer.bytes
    }
    let best = rates.values.filter { $0 >= Self.leastRate }.max() ?? 0
    let looks = max(Self.leastLooks, Int(min(4 * usualPause / Self.interval, 1000)))
    var behind: [Int] = []
    var stuck: [Int] = []
    for (id, rate) in rates.sorted(by: { $0.key < $1.key }) {
      guard var one = seen[id], let renewals = transfers[id]?.renewals else { continue }
      one.looksBehindOthers = rate * Self.muchSlower < best ? one.looksBehindOthers + 1 : 0
      one.looksBehindUsual = rate * Self.muchSlower < one.usualRate ? one.looksBehindUsual + 1 : 0
      seen[id] = one
      let patience = looks << min(renewals, Self.mostDoublings)
      if one.looksBehindOthers >= patience { behind.append(id) }
      if one.looksBehindUsual >= patience { stuck.append(id) }
    }
    if !behind.isEmpty || stuck.isEmpty {
      trialPause = 2 * Self.interval
      return behind
    }
    guard now >= nextTrial else { return [] }
    nextTrial = now + trialPause
    trialPause = min(2 * trialPause, Self.longestPause)
    return [stuck[0]]
  }
}
