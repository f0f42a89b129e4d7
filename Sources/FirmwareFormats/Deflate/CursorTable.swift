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
    /// The first byte that was wanted of it, and the farthest.
    let firstWanted: UInt64
    var farthestWanted: UInt64
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
    /// Give up: the content is damaged before it.
    case damaged(Failure)
    /// Decode with this cursor, which stands at or before the byte.
    case decode(Claim)
    /// Wait until `wakesOne` says that there is a vacancy, and ask again.
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

  /// Requests after which a stream that took no part in them counts as ended.
  private static var patience: UInt64 { 1024 }

  private let limits: DeflatedMember.Limits
  private var cursors: [Cursor?]
  private var uses: UInt64 = 0
  /// Reads that were told to wait, and not woken since. One that was cancelled, or did not wait, stays counted, which
  /// only makes another ask once too often.
  private var waiting = 0

  init(limits: DeflatedMember.Limits) {
    self.limits = limits
    cursors = .init(repeating: nil, count: limits.cursors)
  }

  /// Chooses for a read of the byte at `offset`: kept output first, then what stands nearest before it, a cursor or the
  /// checkpoint; a new cursor takes the place of an idle one.
  ///
  /// - Parameters:
  ///   - checkpoint: where the nearest checkpoint before `offset` stands, if there is one.
  ///   - staysClose: a cursor a little before the byte goes on to it, though the checkpoint may be nearer.
  ///   - make: a decoder that begins there, or at 0.
  mutating func request(
    _ offset: UInt64, checkpoint: UInt64? = nil, staysClose: Bool = true, make: (_ start: UInt64) -> Decoder
  ) -> Answer {
    uses += 1
    for (index, cursor) in cursors.enumerated() {
      guard let chunk = cursor?.kept.chunk(holding: offset) else { continue }
      use(index, for: offset)
      return .kept(chunk)
    }
    let before = cursors.indices.filter { position($0) <= offset }
    for index in before {
      if let damage = cursors[index]?.damage { return .damaged(damage) }
    }
    let start = min(checkpoint ?? 0, offset)
    // A stream keeps its own cursor where a jump has left one in its way.
    let streams = before.filter { isStream($0) && serves($0, offset, offset, staysClose) }
    let nearest = (streams.isEmpty ? before : streams).max { position($0) < position($1) }
    if let nearest, serves(nearest, offset, start, staysClose) {
      return claim(nearest, for: offset)
    }
    guard let vacant = vacancy() else {
      waiting += 1
      return .busy
    }
    cursors[vacant] = Cursor(
      decoder: make(start), kept: keptOutput(from: start), firstWanted: offset, farthestWanted: offset)
    return claim(vacant, for: offset)
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

  /// The claimed cursor began where it cannot, and must serve nobody.
  mutating func abandon(_ claim: Claim) {
    let none = keptOutput(from: .max)
    cursors[claim.index]?.kept = none
    cursors[claim.index]?.lastUse = 0
  }

  mutating func release(_ claim: Claim) {
    cursors[claim.index]?.claims -= 1
  }

  /// Whether one read that waits is to be woken: none is to wait where a cursor is idle. To be asked after each request
  /// and release, for a read that was woken may need no cursor any more, and another must have it.
  mutating func wakesOne() -> Bool {
    guard waiting > 0, vacancy() != nil else { return false }
    waiting -= 1
    return true
  }

  var openCount: Int { cursors.count { $0 != nil } }

  /// Gives up all cursors that nobody claims.
  mutating func removeIdle() {
    for index in cursors.indices where cursors[index]?.claims == 0 { cursors[index] = nil }
  }

  /// Bytes that the cursor has put out; an absent cursor stands behind every byte.
  private func position(_ index: Int) -> UInt64 { cursors[index]?.kept.end ?? .max }

  private func keptOutput(from start: UInt64) -> KeptOutput {
    KeptOutput(from: start, chunkSize: limits.chunkSize, capacity: limits.keptChunks)
  }

  /// Whether the cursor is to go on to `offset`, though a checkpoint at `start` may be nearer. A little ahead it is: a
  /// stream whose requests come out of order must not leave its cursor for a checkpoint between them.
  private func serves(_ index: Int, _ offset: UInt64, _ start: UInt64, _ staysClose: Bool) -> Bool {
    position(index) >= start
      || staysClose && offset - position(index) < UInt64(limits.keptChunks * limits.chunkSize / 2)
  }

  private mutating func claim(_ index: Int, for offset: UInt64) -> Answer {
    guard let decoder = cursors[index]?.decoder else { return .busy }
    cursors[index]?.claims += 1
    use(index, for: offset)
    return .decode(Claim(index: index, decoder: decoder))
  }

  private mutating func use(_ index: Int, for offset: UInt64) {
    cursors[index]?.lastUse = uses
    if let farthest = cursors[index]?.farthestWanted, farthest < offset {
      cursors[index]?.farthestWanted = offset
    }
  }

  /// A free place, or one whose cursor is idle: rather one that served a jump than one that is read forward, then the
  /// least recently used.
  private func vacancy() -> Int? {
    if let free = cursors.firstIndex(where: { $0 == nil }) { return free }
    return cursors.indices.filter { cursors[$0]?.claims == 0 }
      .min { (isStream($0) ? 1 : 0, lastUse($0)) < (isStream($1) ? 1 : 0, lastUse($1)) }
  }

  private func lastUse(_ index: Int) -> UInt64 { cursors[index]?.lastUse ?? 0 }

  /// Whether the cursor has been read forward, and not too long ago.
  private func isStream(_ index: Int) -> Bool {
    guard let cursor = cursors[index], uses - cursor.lastUse < Self.patience else { return false }
    return cursor.farthestWanted - cursor.firstWanted >= UInt64(4 * limits.chunkSize)
  }
}
