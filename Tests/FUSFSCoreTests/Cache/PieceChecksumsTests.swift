import FirmwareFormats
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

@Suite(.timeLimit(.minutes(10)))
struct PieceChecksumsTests {
  @Test(arguments: [BlockGrid.blockSize, BlockGrid.blockSize - 1, 100_000, PieceChecksums.pieceSize, 1])
  func aFlippedByteOfAPieceIsFound(count: Int) throws {
    var random = SplitMix(seed: UInt64(count))
    var bytes = random.bytes(count)
    let written = unsafe PieceChecksums(of: bytes.span.bytes)
    let checksums = PieceChecksums(stored: written.stored)
    #expect(checksums == written)
    for _ in 0..<200 {
      let start = Int.random(in: 0..<count, using: &random)
      let range = start..<min(count, start + Int.random(in: 1...40_000, using: &random))
      let whole = PieceChecksums.pieces(covering: range, of: count)
      #expect(whole.clamped(to: range) == range)
      #expect(
        unsafe checksums.agree(with: bytes.span.bytes.extracting(whole), from: whole.lowerBound))
      bytes[start] ^= 4
      #expect(
        unsafe !checksums.agree(with: bytes.span.bytes.extracting(whole), from: whole.lowerBound))
      bytes[start] ^= 4
    }
  }

  @Test(arguments: [0, 1, 3, 5, 65 * 4, 1 << 20])
  func whatIsNoRowAgreesWithNothing(count: Int) {
    var stored = [UInt8](repeating: 0, count: count)
    stored.append(littleEndian: unsafe CRC32.update(0, with: stored.span.bytes))
    let checksums = PieceChecksums(stored: stored)
    #expect(unsafe !checksums.agree(with: [0].span.bytes, from: 0))
    #expect(checksums == PieceChecksums(stored: []))
  }

  /// Else what is fetched later would be compared with it, and a file that is open would be taken for another.
  @Test func aRowOfWhichABitHasChangedAgreesWithNothing() {
    let bytes = [UInt8](repeating: 7, count: 100_000)
    let stored = unsafe PieceChecksums(of: bytes.span.bytes).stored
    #expect(unsafe PieceChecksums(stored: stored).agree(with: bytes.span.bytes, from: 0))
    for place in stored.indices {
      var changed = stored
      changed[place] ^= 1
      #expect(
        unsafe !PieceChecksums(stored: changed).agree(with: bytes.span.bytes.extracting(0..<4096), from: 0))
    }
  }

  /// A row of a shorter block than the one that is read.
  @Test func piecesWithoutAChecksumAreWrong() {
    let checksums = unsafe PieceChecksums(of: [7].span.bytes)
    #expect(
      unsafe !checksums.agree(
        with: [UInt8](repeating: 0, count: 100).span.bytes, from: PieceChecksums.pieceSize))
  }

  /// Small reads of a cache are right, and where bytes in the file have changed they are not given.
  @Test func smallReadsAreCheckedToo() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    let binary = cache.testBinary(blocks: 3)
    for index in UInt32(0)..<3 { cache.storeTestBlock(index, of: binary) }
    await cache.flush()
    var random = SplitMix(seed: 9)
    for index in UInt32(0)..<3 {
      let block = testBlock(index, of: binary)
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
    }
    var blocks = try readFile(folder.blocks)
    blocks[BlockGrid.blockSize + 20_000] ^= 1
    try writeFile(folder.blocks, blocks)
    #expect(cache.bytes(0..<1, ofBlock: 1, of: binary) != nil, "another piece")
    #expect(cache.bytes(20_000..<20_001, ofBlock: 1, of: binary) == nil)
    #expect(cache.bytes(0..<1, ofBlock: 1, of: binary) == nil, "dropped")
  }
}
