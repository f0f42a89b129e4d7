/// Where a decoder that goes forward takes its checkpoints: about `spacing` plain bytes apart, and, where readers are
/// known to want to begin at a boundary near that, at the last place before it where a block begins.
///
/// ```
///  last             earliest       due               latest
///   |-- spacing / 2 --|-- spacing/2 -|-- spacing / 2 --|
///   +---------+-------+--+-------+---+-----+----------+      blocks begin at each +
///                   [.. zone ..]^                            ^ the boundary nearest to due
///                        held    taken instead, since it comes nearer to the boundary
/// ```
/// No two are closer than half the spacing. Where no block begins for long, the next one that does is taken.
struct CheckpointPlan: Sendable {
  /// What to do at a block's start.
  enum Advice: Equatable {
    case pass
    /// Take it unless a later one comes before the boundary is passed.
    case hold
    case take
  }

  private let spacing: UInt64
  /// Plain bytes before the newest checkpoint, or before the decoder's beginning.
  private(set) var last: UInt64
  /// The boundary that the next checkpoint is to come before.
  private(set) var boundary: UInt64?

  init(spacing: UInt64, after last: UInt64) {
    precondition(spacing >= 8)
    self.spacing = spacing
    self.last = last
  }

  /// Plain bytes from which on block starts are to be looked for.
  var lookout: UInt64 {
    guard let boundary else { return due }
    return max(earliest, boundary - min(boundary, spacing / 4))
  }

  func advice(forBlockAt output: UInt64) -> Advice {
    guard output >= lookout else { return .pass }
    guard let boundary, output < boundary else { return .take }
    return .hold
  }

  /// Whether the one that is held is to be taken, when the decoder stands here.
  func isDecided(at output: UInt64) -> Bool {
    guard let boundary else { return true }
    return output >= boundary
  }

  /// There is a checkpoint here.
  mutating func take(_ output: UInt64) {
    last = max(last, output)
    boundary = nil
  }

  /// Takes account of what has become known, for a decoder that stands at `output`.
  ///
  /// - Parameters:
  ///   - kept: the last checkpoint that somebody has taken at or before a place.
  ///   - next: the first boundary after a place.
  mutating func update(
    at output: UInt64, kept: (UInt64) -> UInt64?, boundary next: (UInt64) -> UInt64?
  ) {
    if let kept = kept(max(latest - 1, sum(output, spacing / 2))), kept > last { take(kept) }
    boundary = nil
    var place = max(earliest - 1, output)
    // Boundaries may lie close together: those just before the one that is due are not worth many questions.
    for _ in 0..<16 where place < due {
      guard let found = next(place), found > place, found < latest else { return }
      aim(at: found)
      place = found
    }
    if place < due, let found = next(due - 1), found >= due, found < latest { aim(at: found) }
  }

  private mutating func aim(at found: UInt64) {
    guard let boundary, distance(boundary) <= distance(found) else {
      boundary = found
      return
    }
  }

  private func distance(_ output: UInt64) -> UInt64 { output < due ? due - output : output - due }
  private var earliest: UInt64 { sum(last, spacing / 2) }
  private var due: UInt64 { sum(last, spacing) }
  private var latest: UInt64 { sum(last, spacing + spacing / 2) }

  private func sum(_ output: UInt64, _ count: UInt64) -> UInt64 {
    let (sum, overflow) = output.addingReportingOverflow(count)
    return overflow ? .max : sum
  }
}
