import Primitives
import Testing

@testable import FirmwareFormats

/// Chunks of 10 bytes, 3 kept, 2 cursors; decoders are numbered as they are made.
struct CursorTableTests {
  private typealias Table = CursorTable<Int>
  private var table = Table(limits: .init(cursors: 2, chunkSize: 10, keptChunks: 3, inputSize: 1))
  private var made = 0

  /// What a read is told, in one word.
  private mutating func request(_ offset: UInt64) -> (word: String, claim: Table.Claim?) {
    let answer = table.request(offset) {
      made += 1
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
  private mutating func decode(_ chunks: Int, for offset: UInt64) throws {
    let claim = try #require(request(offset).claim)
    for _ in 0..<chunks { _ = table.append([UInt8](repeating: 0, count: 10), of: claim) }
    _ = table.release(claim)
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
    let wakes = table.release(second)
    #expect(wakes)
    #expect(request(0).word == "decoder 3")
    let wakesAgain = table.release(first)
    #expect(!wakesAgain)
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
    _ = table.release(claim)
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
    _ = table.release(claim)
    table.removeIdle()
    #expect(request(0).word == "decoder 2")
  }
}
