import FUSNet
import FirmwareFormats
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

/// Reads that do not wait, through all layers down to the file of blocks.
@Suite(.timeLimit(.minutes(10)), .threadsOfItsOwn) struct CachedReadsTests {
  private let folder = TemporaryDirectory()
  private let pool = WorkerPool(threads: 2, name: "test")
  private let cache: BlockCache
  private let source: FakeSource
  private let binary: CachedBinary
  private let id: BinaryID
  private let plain: [UInt8]

  init() throws {
    var random = SplitMix(seed: 21)
    plain = random.bytes(3 * BlockGrid.blockSize + 5008)
    source = FakeSource(plain)
    cache = try .test(folder)
    id = cache.binary(name: "test.zip.enc4", size: UInt64(plain.count), crc32: nil)
    let grid = try #require(id.grid)
    let fetcher = Fetcher(
      configuration: .init(connections: 2, memory: 64 << 20, patience: .seconds(20)), cache: cache,
      pool: pool, log: Log())
    binary = CachedBinary(
      FetchTarget(id: id, name: "test.zip.enc4", grid: grid, source: source), fetcher: fetcher)
  }

  /// Puts all blocks into the file, past the memory of recent ones.
  private func fill() async throws {
    for index in 0..<(try #require(id.grid)).count {
      let bytes = try #require(id.grid?.bytes(of: index))
      cache.store(
        ByteBlock(copying: plain[Int(bytes.lowerBound)..<Int(bytes.upperBound)]), index: index, of: id)
    }
    await cache.flush()
  }

  private func atOnce(_ file: any RandomReadable, at offset: Int, count: Int) throws(Failure) -> [UInt8]? {
    var block = UniqueByteBlock(count: count)
    let isThere = try block.withMutableBytes { (span) throws(Failure) in
      try file.readAtOnce(into: &span, at: UInt64(offset), horizon: nil)
    }
    guard isThere else { return nil }
    return block.frozen().withBytes { bytes in
      bytes.byteOffsets.map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }
  }

  @Test func whatIsCachedIsReadAtOnceAndRight() async throws {
    defer { cache.close() }
    try await fill()
    let window = try Window(of: binary, 1000..<UInt64(plain.count))
    let checked = CheckedFile(binary, name: "x", crc32: plain.crc32, whenComplete: { _ in })
    var random = SplitMix(seed: 22)
    for round in 0..<300 {
      let piece = PieceChecksums.pieceSize
      let start =
        round % 2 == 0
        ? Int.random(in: 0..<plain.count, using: &random)
        : Int.random(in: 0..<plain.count / piece, using: &random) * piece
      let most = [1, 4096, piece, 2 * piece, 300_000][round % 5]
      let count = min(most, plain.count - start)
      let expected = Array(plain[start..<start + count])
      #expect(try atOnce(binary, at: start, count: count) == expected)
      #expect(try atOnce(checked, at: start, count: count) == expected)
      if start >= 1000 { #expect(try atOnce(window, at: start - 1000, count: count) == expected) }
    }
    #expect(try atOnce(checked, at: 0, count: plain.count) == plain)
    #expect(throws: Failure.self) { try atOnce(binary, at: plain.count, count: 1) }
    #expect(source.ranges.isEmpty)
  }

  @Test func whatIsNotCachedIsLeftToOthers() async throws {
    defer { cache.close() }
    #expect(try atOnce(binary, at: 0, count: 100) == nil)
    #expect(source.ranges.isEmpty)
    #expect(try await binary.bytes(at: 0, count: 100) == Array(plain[..<100]))
    // The rest of the block may still be on its way.
    #expect(await eventually { (try? atOnce(binary, at: 50, count: 50)) == Array(plain[50..<100]) })
  }

  /// Bytes of blocks before one that is missing would be copied in vain.
  @Test func nothingIsCopiedUnlessAllIsAtHand() async throws {
    defer { cache.close() }
    try await fill()
    cache.remove(2, of: id)
    let count = 2 * BlockGrid.blockSize + 100
    var block = UniqueByteBlock(count: count)
    let isThere = try block.withMutableBytes { (span) throws(Failure) in
      try binary.readAtOnce(into: &span, at: 0, horizon: nil)
    }
    #expect(!isThere)
    #expect(isEqual(block.frozen(), ByteBlock(copying: [UInt8](repeating: 0, count: count))))
    #expect(try await binary.bytes(at: 0, count: count) == Array(plain[..<count]))
  }

  @Test func whatIsDamagedInTheFileIsFetchedAgain() async throws {
    defer { cache.close() }
    try await fill()
    try folder.corrupt(id.blockKey(1))
    let start = BlockGrid.blockSize
    #expect(try atOnce(binary, at: start, count: 4096) == nil)
    #expect(try atOnce(binary, at: start - 100, count: 100) == Array(plain[start - 100..<start]))
    #expect(try await binary.bytes(at: UInt64(start), count: 4096) == Array(plain[start..<start + 4096]))
    #expect(source.ranges == [UInt64(start)..<UInt64(2 * start)])
  }

  /// The whole file's checksum is wrong: whoever completes it is told.
  @Test func aWrongChecksumIsNotPassedOver() async throws {
    defer { cache.close() }
    try await fill()
    let checked = CheckedFile(binary, name: "x", crc32: ~plain.crc32, whenComplete: { _ in })
    #expect(try atOnce(checked, at: 4096, count: plain.count - 4096) != nil)
    #expect(throws: Failure.self) { try atOnce(checked, at: 0, count: 4096) }
    #expect(try atOnce(checked, at: 0, count: 4096) == nil)
  }
}
