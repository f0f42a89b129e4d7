import Primitives
import Testing

@testable import FirmwareFormats

/// Chunks of 10 bytes, 3 kept, 2 cursors; decoders are numbered as they are made.
struct CursorTableTests {
  private typealias Table = CursorTable<Int>
  private var table = Table(limits: .init(cursors: 2, chunkSize: 10, keptChunks: 3, inputSize: 1))
  private var made = 0
  /// Where each decoder begins.
  private var starts: [UInt64] = []

  /// What a read is told, in one word.
  private mutating func request(
    _ offset: UInt64, checkpoint: UInt64? = nil, staysClose: Bool = true
  ) -> (word: String, claim: Table.Claim?) {
    let answer = table.request(offset, checkpoint: checkpoint, staysClose: staysClose) { start in
      made += 1
      starts.append(start)
      return made
    }
    switch answer {
    case .kept(let chunk): return ("kept \(chunk.start)", nil)
    case .damaged: return ("damaged", nil)
    case .decode(let claim): return ("decoder \(claim.decoder)", claim)
    case .busy: return ("busy", nil)
    }
  }

  /// Claims, decodes that many chunks and releases.
  private mutating func decode(_ chunks: Int, for offset: UInt64, checkpoint: UInt64? = nil) throws {
    let claim = try #require(request(offset, checkpoint: checkpoint).claim)
    for _ in 0..<chunks { _ = table.append([UInt8](repeating: 0, count: 10), of: claim) }
    table.release(claim)
  }

  @Test mutating func readersShareTheCursorBeforeThem() {
    #expect(request(0).word == "decoder 1")
    #expect(request(5).word == "decoder 1")
    #expect(request(500).word == "decoder 1")
  }

  @Test mutating func keptOutputNeedsNoCursor() throws {
    try decode(4, for: 0)
    #expect(request(10).word == "kept 10")
    #expect(request(39).word == "kept 30")
    #expect(request(40).word == "decoder 1")
  }

  @Test mutating func aReadBehindStartsAnew() throws {
    try decode(4, for: 0)
    #expect(request(9).word == "decoder 2")
  }

  @Test mutating func whoNeedNotStayCloseBeginsAtTheCheckpoint() throws {
    try decode(4, for: 0)
    #expect(request(45, checkpoint: 45).word == "decoder 1")
    #expect(request(45, checkpoint: 45, staysClose: false).word == "decoder 2")
    #expect(starts == [0, 45])
  }

  @Test mutating func aCursorThatStandsThereIsAsGoodAsTheCheckpoint() throws {
    try decode(4, for: 0)
    #expect(request(40, checkpoint: 40, staysClose: false).word == "decoder 1")
  }

  @Test mutating func theNearestCursorIsChosen() throws {
    try decode(10, for: 0)
    try decode(5, for: 0)
    #expect(request(99).word == "kept 90")
    #expect(request(60).word == "decoder 2")
    #expect(request(100).word == "decoder 1")
  }

  @Test mutating func theLeastRecentlyUsedIsGivenUp() throws {
    try decode(10, for: 0)
    try decode(5, for: 0)
    #expect(request(99).word == "kept 90")
    #expect(request(0).word == "decoder 3")
    #expect(request(99).word == "kept 90")
  }

  @Test mutating func aClaimedCursorIsNeverGivenUp() throws {
    try decode(10, for: 0)
    try decode(5, for: 0)
    let first = try #require(request(100).claim)
    let second = try #require(request(50).claim)
    #expect(request(0).word == "busy")
    expectNobodyIsWoken()
    table.release(second)
    expectOneIsWoken()
    expectNobodyIsWoken()
    #expect(request(0).word == "decoder 3")
    table.release(first)
    expectNobodyIsWoken()
  }

  @Test mutating func whoIsWokenAndNeedsNoCursorLeavesItToTheNext() throws {
    try decode(10, for: 0)
    try decode(5, for: 0)
    let first = try #require(request(100).claim)
    let second = try #require(request(50).claim)
    for _ in 0..<2 { #expect(request(0).word == "busy") }
    table.release(first)
    expectOneIsWoken()
    #expect(request(99).word == "kept 90")
    expectOneIsWoken()
    table.release(second)
    expectNobodyIsWoken()
  }

  private mutating func expectOneIsWoken() {
    let wakesOne = table.wakesOne()
    #expect(wakesOne)
  }

  private mutating func expectNobodyIsWoken() {
    let wakesOne = table.wakesOne()
    #expect(!wakesOne)
  }

  @Test mutating func progressOfAClaim() throws {
    let claim = try #require(request(15).claim)
    guard case .before = table.progress(of: claim, towards: 15) else { throw CancellationError() }
    for _ in 0..<2 { _ = table.append([UInt8](repeating: 0, count: 10), of: claim) }
    guard case .kept(let chunk) = table.progress(of: claim, towards: 15) else { throw CancellationError() }
    #expect(chunk.start == 10)
    for _ in 0..<3 { _ = table.append([UInt8](repeating: 0, count: 10), of: claim) }
    guard case .past = table.progress(of: claim, towards: 15) else { throw CancellationError() }
  }

  @Test mutating func damageIsForAllThatLiesBehindIt() throws {
    let claim = try #require(request(0).claim)
    _ = table.append([UInt8](repeating: 0, count: 10), of: claim)
    table.fail(claim, Failure(.damaged, "Broken."))
    guard case .damaged = table.progress(of: claim, towards: 10) else { throw CancellationError() }
    table.release(claim)
    #expect(request(9).word == "kept 0")
    #expect(request(10).word == "damaged")
    table.removeIdle()
    #expect(request(10).word == "decoder 2")
  }

  @Test mutating func releasingMemorySparesWhatIsClaimed() throws {
    let claim = try #require(request(0).claim)
    _ = table.append([UInt8](repeating: 0, count: 10), of: claim)
    table.removeIdle()
    #expect(request(0).word == "kept 0")
    table.release(claim)
    table.removeIdle()
    #expect(request(0).word == "decoder 2")
  }

  @Test mutating func theNearestCheckpointIsTheStart() throws {
    try decode(2, for: 105, checkpoint: 100)
    #expect(request(119).word == "kept 110")
    #expect(request(99).word == "decoder 2")
    #expect(starts == [100, 0])
  }

  @Test mutating func aCheckpointMustBeMuchNearerThanTheCursor() throws {
    try decode(2, for: 0)
    #expect(request(34, checkpoint: 30).word == "decoder 1")
    #expect(request(34, checkpoint: 10).word == "decoder 1")
    #expect(request(500, checkpoint: 20).word == "decoder 1")
    #expect(request(35, checkpoint: 30).word == "decoder 2")
    #expect(starts == [0, 30])
  }

  @Test mutating func aJumpIsGivenUpBeforeAStream() throws {
    for offset in stride(from: UInt64(0), to: 60, by: 10) { try decode(1, for: offset) }
    try decode(1, for: 500, checkpoint: 495)
    try decode(1, for: 700, checkpoint: 695)
    #expect(request(59).word == "kept 50")
    #expect(request(500, checkpoint: 495).word == "decoder 4")
    #expect(starts == [0, 495, 695, 495])
  }

  @Test mutating func aStreamThatEndedIsGivenUp() throws {
    for offset in stride(from: UInt64(0), to: 60, by: 10) { try decode(1, for: offset) }
    try decode(1, for: 500, checkpoint: 495)
    for _ in 0..<1100 { #expect(request(500).word == "kept 495") }
    try decode(1, for: 700, checkpoint: 695)
    #expect(request(500).word == "kept 495")
  }

  @Test mutating func anAbandonedCursorServesNobody() throws {
    let claim = try #require(request(105, checkpoint: 100).claim)
    let other = try #require(request(107, checkpoint: 100).claim)
    _ = table.append([UInt8](repeating: 0, count: 10), of: claim)
    table.abandon(claim)
    guard case .past = table.progress(of: other, towards: 107) else { throw CancellationError() }
    #expect(request(107).word == "decoder 2")
    table.release(claim)
    table.release(other)
    #expect(request(0).word == "decoder 2")
    #expect(starts == [100, 0])
  }
}
