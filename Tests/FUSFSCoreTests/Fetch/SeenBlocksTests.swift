import TestSupport
import Testing

@testable import FUSFSCore

@Suite struct SeenBlocksTests {
  private static let size = 3 * PieceChecksums.pieceSize + 100

  private func checksums(_ bytes: [UInt8], pieces: Int? = nil) -> PieceChecksums {
    let count = pieces.map { $0 * PieceChecksums.pieceSize } ?? bytes.count
    return unsafe PieceChecksums(of: bytes.span.bytes.extracting(first: count))
  }

  private func bytes(_ seed: UInt64) -> [UInt8] {
    var random = SplitMix(seed: seed)
    return random.bytes(Self.size)
  }

  @Test func whatComesAgainMustBeTheSame() {
    var seen = SeenBlocks(count: 3)
    for index in UInt32(0)..<3 { #expect(seen.admit(checksums(bytes(1)), at: index) == .same) }
    for place in [0, PieceChecksums.pieceSize, Self.size - 1] {
      var other = bytes(1)
      other[place] ^= 1
      #expect(seen.admit(checksums(other), at: 1) == .refused)
    }
    #expect(seen.admit(checksums(bytes(1)), at: 1) == .same)
    #expect(seen.changes == 0)
    seen.forget(1..<2)
    #expect(seen.changes == 1)
    #expect(seen.admit(checksums(bytes(2)), at: 1) == .same)
    #expect(seen.admit(checksums(bytes(1)), at: 1) == .refused)
    #expect(seen.admit(checksums(bytes(2)), at: 2) == .refused)
  }

  @Test func whatComesTwiceTheSameIsWhatTheBlockIs() {
    var seen = SeenBlocks(count: 1)
    #expect(seen.admit(checksums(bytes(1)), at: 0) == .same)
    #expect(seen.admit(checksums(bytes(2)), at: 0) == .refused)
    #expect(seen.admit(checksums(bytes(3)), at: 0) == .refused)
    // What others say is heard, and not believed.
    for _ in 0..<3 { #expect(seen.admit(checksums(bytes(2)), at: 0, isFirmly: false) == .refused) }
    #expect(seen.admit(checksums(bytes(2)), at: 0) == .changed)
    #expect(seen.changes == 1)
    #expect(seen.admit(checksums(bytes(2)), at: 0) == .same)
    #expect(seen.admit(checksums(bytes(1)), at: 0) == .refused)
    // What was refused in between counts no more once the right one has come.
    #expect(seen.admit(checksums(bytes(2)), at: 0) == .same)
    #expect(seen.admit(checksums(bytes(1)), at: 0) == .refused)
  }

  @Test func whatIsGivenOfABlockOnItsWayMustBeItsBeginning() {
    var seen = SeenBlocks(count: 2)
    var other = bytes(1)
    other[PieceChecksums.pieceSize] ^= 1
    #expect(seen.admit(beginning: checksums(bytes(1), pieces: 2), at: 0) == true)
    // Less of it, and more.
    #expect(seen.admit(beginning: checksums(bytes(1), pieces: 1), at: 0) == true)
    #expect(seen.admit(beginning: checksums(other, pieces: 2), at: 0) == false)
    #expect(seen.admit(beginning: checksums(other, pieces: 3), at: 0) == false)
    #expect(seen.admit(checksums(other), at: 0) == .refused)
    #expect(seen.admit(beginning: checksums(bytes(1), pieces: 3), at: 0) == true)
    #expect(seen.admit(checksums(bytes(1)), at: 0) == .same)
    // Of what was whole nothing is given before it is so again.
    #expect(seen.admit(beginning: checksums(bytes(1), pieces: 1), at: 0) == false)
    seen.forget(0..<1)
    #expect(seen.admit(beginning: checksums(other, pieces: 1), at: 0) == true)
  }

  @Test func whatWasNotSeenIsKnown() {
    var seen = SeenBlocks(count: 10)
    #expect(seen.unseen(in: 2..<8) == 2..<8)
    for index: UInt32 in [2, 5, 7] { _ = seen.admit(checksums(bytes(1)), at: index) }
    _ = seen.admit(beginning: checksums(bytes(1), pieces: 1), at: 3)
    #expect(seen.unseen(in: 2..<8) == 4..<7)
    #expect(seen.unseen(in: 2..<4) == nil)
    seen.forget(0..<10)
    #expect(seen.unseen(in: 2..<4) == 2..<4)
  }

  @Test func blocksThatThereAreNotAreNotHeld() {
    var seen = SeenBlocks(count: 0)
    #expect(seen.admit(checksums(bytes(1)), at: 5) == .same)
    #expect(seen.admit(beginning: checksums(bytes(1)), at: .max) == false)
    seen.forget(0..<7)
    #expect(seen.unseen(in: 0..<0) == nil)
  }
}
