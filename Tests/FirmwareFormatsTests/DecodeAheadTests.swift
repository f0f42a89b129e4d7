import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

/// Pieces of 80 bytes, two at a time, of a reader who has read 320 bytes in a row.
struct DecodeAheadTests {
  private var ahead = DecodeAhead(
    limits: .init(cursors: 4, chunkSize: 10, keptChunks: 28, inputSize: 1, checkpointSpacing: 50))

  /// Places where decoders can begin, every 50 bytes.
  private static func checkpoint(atOrBefore place: UInt64) -> UInt64? { place / 50 * 50 }

  private mutating func begin(
    upTo limit: UInt64 = 10_000, checkpoint: (UInt64) -> UInt64? = Self.checkpoint
  ) -> DecodeAhead.Piece? {
    ahead.begin(upTo: limit, checkpoint: checkpoint)
  }

  private func piece(_ range: Range<UInt64>, begins: Bool) -> DecodeAhead.Piece {
    .init(range: range, beginsAtCheckpoint: begins)
  }

  @Test mutating func nothingBeforeAReaderHasReadForAWhile() {
    for start in stride(from: UInt64(0), to: 300, by: 100) {
      ahead.note(start..<start + 100)
      #expect(begin() == nil)
    }
    ahead.note(300..<320)
    #expect(begin() != nil)
  }

  @Test mutating func piecesEndAtCheckpointsWhereTheNextBeginsByItself() {
    ahead.note(0..<320)
    #expect(begin() == piece(320..<400, begins: false))
    #expect(begin() == piece(400..<450, begins: true))
    #expect(begin() == nil, "two are under way")
    ahead.ended()
    #expect(begin() == piece(450..<500, begins: true))
    ahead.ended()
    #expect(begin() == nil, "the reader is too far behind")
    ahead.note(320..<420)
    #expect(begin() == piece(500..<550, begins: true))
  }

  @Test mutating func withoutCheckpointsOneFollowsTheOther() {
    ahead.note(0..<320)
    #expect(begin(checkpoint: { _ in nil }) == piece(320..<400, begins: false))
    #expect(begin(checkpoint: { _ in nil }) == nil)
    ahead.ended()
    #expect(begin(checkpoint: { _ in 0 }) == piece(400..<480, begins: false))
  }

  @Test mutating func aReaderWhoHasOvertakenGoesOnHimself() {
    ahead.note(0..<320)
    _ = begin()
    ahead.note(320..<1000)
    #expect(begin() == nil, "what begins nowhere waits for the other")
    ahead.ended()
    #expect(begin() == piece(1000..<1050, begins: false))
  }

  @Test mutating func requestsOutOfOrderAreOfTheRow() {
    for start in [UInt64(0), 160, 80, 240, 320] { ahead.note(start..<start + 80) }
    #expect(begin() == piece(400..<450, begins: false))
  }

  @Test mutating func aJumpBeginsAnew() {
    ahead.note(0..<320)
    ahead.note(5000..<5100)
    #expect(begin() == nil)
    ahead.note(5100..<5420)
    #expect(begin() == piece(5420..<5500, begins: false))
  }

  @Test mutating func nothingBeyondTheLimit() {
    ahead.note(0..<320)
    #expect(begin(upTo: 375) == piece(320..<375, begins: false))
    #expect(begin(upTo: 375) == nil)
    ahead.note(320..<375)
    ahead.ended()
    #expect(begin(upTo: 375) == nil)
    #expect(begin(upTo: 100) == nil)
  }

  @Test mutating func aMemberOfFewDecodersIsNotDecodedAhead() {
    ahead = DecodeAhead(limits: .init(cursors: 2, chunkSize: 10, keptChunks: 8, inputSize: 1))
    ahead.note(0..<100_000)
    #expect(begin() == nil)
  }

  /// Whatever is read, as far as the last byte there can be: pieces lie within the limit, none is empty, none overlaps
  /// the one before unless the reader went back, and no more are under way than may be.
  @Test func anyReads() {
    for seed in UInt64(0)..<200 {
      var random = SplitMix(seed: seed)
      var ahead = DecodeAhead(limits: .init(cursors: 4, chunkSize: 10, keptChunks: 8, inputSize: 1))
      let base = seed % 2 == 0 ? 0 : UInt64.max - 20_000
      var (underWay, position, last) = (0, base, base)
      for _ in 0..<300 {
        let isJump = Int.random(in: 0..<20, using: &random) == 0
        if isJump { (position, last) = (base + .random(in: 0..<10_000, using: &random), base) }
        let end = position + min(.random(in: 0..<200, using: &random), .max - position)
        ahead.note(position..<end)
        position = end
        let limit = UInt64.random(
          in: position...min(position + min(1000, .max - position), .max), using: &random)
        while let piece = ahead.begin(upTo: limit, checkpoint: { $0 > 30 ? ($0 - 30) / 40 * 40 : nil }) {
          underWay += 1
          #expect(!piece.range.isEmpty && piece.range.upperBound <= limit && piece.range.lowerBound >= last)
          #expect(underWay <= ahead.pieces)
          last = piece.range.upperBound
        }
        while underWay > 0, Bool.random(using: &random) {
          ahead.ended()
          underWay -= 1
        }
      }
    }
  }
}
