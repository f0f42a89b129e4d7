import FirmwareFormats
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

@Suite(.timeLimit(.minutes(10)))
struct PieceChecksumsTests {
  @Test(arguments: [BlockGrid.blockSize, BlockGrid.blockSize - 1, 100_000, 16 << 10, 1])
  func aFlippedByteOfAPieceIsFound(count: Int) {
    var random = SplitMix(seed: UInt64(count))
    var bytes = random.bytes(count)
    let sums = unsafe PieceChecksums.sums(of: bytes.span.bytes)
    for _ in 0..<200 {
      let start = Int.random(in: 0..<count, using: &random)
      let range = start..<min(count, start + Int.random(in: 1...PieceChecksums.longestRead, using: &random))
      let whole = PieceChecksums.pieces(covering: range, of: count)
      #expect(whole.clamped(to: range) == range)
      #expect(
        unsafe PieceChecksums.agree(sums, with: bytes.span.bytes.extracting(whole), from: whole.lowerBound))
      bytes[start] ^= 4
      #expect(
        unsafe !PieceChecksums.agree(sums, with: bytes.span.bytes.extracting(whole), from: whole.lowerBound))
      bytes[start] ^= 4
    }
  }

  @Test func aBlockThatIsReadOftenIsHadAsAWhole() {
    var pieces = PieceChecksums()
    #expect(pieces.use(7) == nil)
    pieces.insert(PieceChecksums.Sums(repeating: 1), of: 7)
    #expect((0..<16).allSatisfy { _ in pieces.use(7) != nil })
    #expect(pieces.use(7) == nil)
    #expect(pieces.use(7) != nil)
    pieces.remove(7)
    #expect(pieces.use(7) == nil)
  }

  /// Small reads of a cache are right, and where bytes in the file have changed they are not given.
  @Test func smallReadsAreCheckedToo() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    let binary = cache.testBinary(blocks: 3)
    for index in UInt32(0)..<3 { cache.storeTestBlock(index, of: binary) }
    await cache.flush()
    #expect(cache.bytes(0..<100, ofBlock: 0, of: binary) == nil)
    var random = SplitMix(seed: 9)
    for index in UInt32(0)..<3 {
      let block = testBlock(index, of: binary)
      cache.learnPieces(of: block, index, of: binary)
      for _ in 0..<16 {
        let start = Int.random(in: 0..<block.count, using: &random)
        let range = start..<min(block.count, start + Int.random(in: 1...40_000, using: &random))
        let part = try #require(cache.bytes(range, ofBlock: index, of: binary))
        part.block.withBytes { bytes in
          block.withBytes { whole in
            #expect(
              CRC32.update(0, with: bytes.extracting(part.range))
                == CRC32.update(0, with: whole.extracting(range)))
          }
        }
      }
      // The next one is to have the block as a whole.
      #expect(cache.bytes(0..<1, ofBlock: index, of: binary) == nil)
      #expect(cache.bytes(0..<1, ofBlock: index, of: binary) != nil)
    }
    try folder.shell("sqlite3 cache/blocks.sqlite 'UPDATE block SET bytes = zeroblob(length(bytes))'")
    #expect(cache.bytes(0..<1, ofBlock: 1, of: binary) == nil)
    #expect(cache.block(1, of: binary) == nil)
  }

  @Test func knownBlocksAreBounded() {
    var pieces = PieceChecksums()
    for key in 0..<Int64(1 << 16) { pieces.insert(PieceChecksums.Sums(repeating: 1), of: key) }
    #expect(pieces.contains(0))
    pieces.insert(PieceChecksums.Sums(repeating: 1), of: -1)
    #expect(!pieces.contains(0) && pieces.contains(-1))
  }
}
