import Primitives

/// Which decoder of a member serves which read: pure bookkeeping, to be kept under a lock.
///
/// A cursor is a decoder with its position and its newest output. Reads that must decode claim a cursor; as long as it
/// is claimed it only goes forward, so that each of them gets to its offset. A cursor that nobody claims may be given
/// up for one that starts anew.
struct CursorTable<Decoder: Sendable>: Sendable {
  private struct Cursor {
    let decoder: Decoder
    var kept: KeptOutput
    var claims = 0
    var lastUse: UInt64 = 0
    var damage: Failure?
  }

  /// A read's hold on a cursor, to be released once.
  struct Claim {
    fileprivate let index: Int
    let decoder: Decoder
  }

  /// What a read that wants one byte is to do.
  enum Answer {
    /// Take it from here.
    case kept(Chunk)
    /// Give up: nothing can be decoded there.
    case damaged(Failure)
    /// Decode with this cursor, which stands at or before the byte.
    case decode(Claim)
    /// Wait until a claim's release says that there is a vacancy, and ask again.
    case busy
  }

  /// Where a claimed cursor stands, seen from the byte that is wanted.
  enum Progress {
    case kept(Chunk)
    case damaged(Failure)
    case before
    /// It went past, with the others that claim it, and no longer keeps the byte.
    case past
  }

  private let limits: DeflatedMember.Limits
  private var cursors: [Cursor?]
  private var uses: UInt64 = 0
  /// Reads that were told to wait. One that was cancelled stays counted, which only makes another ask once too often.
  private var waiting = 0

  init(limits: DeflatedMember.Limits) {
    self.limits = limits
    cursors = .init(repeating: nil, count: limits.cursors)
  }

  /// Chooses for a read of the byte at `offset`: kept output first, then the nearest cursor before it, then a new one,
  /// then the least recently used one started anew.
  mutating func request(_ offset: UInt64, make: () -> Decoder) -> Answer {
    uses += 1
    for (index, cursor) in cursors.enumerated() {
      guard let chunk = cursor?.kept.chunk(holding: offset) else { continue }
      cursors[index]?.lastUse = uses
      return .kept(chunk)
    }
    let before = cursors.indices.filter { position($0) <= offset }
    for index in before {
      if let damage = cursors[index]?.damage { return .damaged(damage) }
    }
    if let nearest = before.max(by: { position($0) < position($1) }) { return claim(nearest) }
    guard let vacant = vacancy() else {
      waiting += 1
      return .busy
    }
    cursors[vacant] = Cursor(
      decoder: make(), kept: KeptOutput(chunkSize: limits.chunkSize, capacity: limits.keptChunks))
    return claim(vacant)
  }

  func progress(of claim: Claim, towards offset: UInt64) -> Progress {
    let cursor = cursors[claim.index]
    if let chunk = cursor?.kept.chunk(holding: offset) { return .kept(chunk) }
    if position(claim.index) > offset { return .past }
    return cursor?.damage.map { .damaged($0) } ?? .before
  }

  /// Keeps what the claimed cursor has decoded next; gives memory that may be used again.
  mutating func append(_ chunk: [UInt8], of claim: Claim) -> [UInt8]? {
    cursors[claim.index]?.kept.append(chunk)
  }

  /// Nothing can be decoded from where the claimed cursor stands.
  mutating func fail(_ claim: Claim, _ failure: Failure) {
    cursors[claim.index]?.damage = failure
  }

  /// Whether one read that waits is to be woken.
  mutating func release(_ claim: Claim) -> Bool {
    cursors[claim.index]?.claims -= 1
    guard cursors[claim.index]?.claims == 0, waiting > 0 else { return false }
    waiting -= 1
    return true
  }

  /// Gives up all cursors that nobody claims.
  mutating func removeIdle() {
    for index in cursors.indices where cursors[index]?.claims == 0 { cursors[index] = nil }
  }

  /// Bytes that the cursor has put out; an absent cursor stands behind every byte.
  private func position(_ index: Int) -> UInt64 { cursors[index]?.kept.end ?? .max }

  private mutating func claim(_ index: Int) -> Answer {
    guard let decoder = cursors[index]?.decoder else { return .busy }
    cursors[index]?.claims += 1
    cursors[index]?.lastUse = uses
    return .decode(Claim(index: index, decoder: decoder))
  }

  private func vacancy() -> Int? {
    if let free = cursors.firstIndex(where: { $0 == nil }) { return free }
    return cursors.indices.filter { cursors[$0]?.claims == 0 }
      .min { (cursors[$0]?.lastUse ?? 0) < (cursors[$1]?.lastUse ?? 0) }
  }
}
