import FirmwareFormats
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore
@testable import FUSNet

/// What layers give at once is what they give to whoever waits.
@Suite(.timeLimit(.minutes(10)), .threadsOfItsOwn) struct ReadAtOnceTests {
  private let bytes: [UInt8]

  init() {
    var random = SplitMix(seed: 21)
    bytes = random.bytes(3 * BlockGrid.blockSize / 2 + 160)
  }

  /// The bytes; nil if they are not to be had at once.
  private func atOnce(
    _ file: any RandomReadable, at offset: UInt64, count: Int
  ) throws(Failure) -> [UInt8]? {
    var block = UniqueByteBlock(count: count)
    let isDone = try block.withMutableBytes { (span) throws(Failure) in
      try file.readAtOnce(into: &span, at: offset, horizon: nil)
    }
    return isDone ? block.frozen().withBytes { unsafe $0.withUnsafeBytes { unsafe Array($0) } } : nil
  }

  @Test func layersPassOnWhatIsAtHand() async throws {
    let key = try ContentKey.version4(
      version: "A207FXXU2CUI2/A207FOXM2CUI2", logicValue: "ehbkrulq43h44mqw")
    let checked = CheckedFile(BytesFile(bytes), name: "x", crc32: 0) { _ in }
    let decrypted = DecryptedFile(
      checked, codebook: ElectronicCodebook(key: key), size: UInt64(bytes.count - 3))
    let tail = PackageTail(
      plainSize: decrypted.size, bytes: try await decrypted.bytes(at: decrypted.size - 99, count: 99))
    let file = try Window(of: TailedFile(decrypted, tail: tail), 32..<decrypted.size)
    var random = SplitMix(seed: 22)
    for _ in 0..<300 {
      let start = Int.random(in: 0..<20_000, using: &random) * 16
      let count = Int.random(in: 1...1000, using: &random) * 16
      let expected = try await file.bytes(at: UInt64(start), count: count)
      #expect(try atOnce(file, at: UInt64(start), count: count) == expected)
      #expect(try atOnce(file, at: UInt64(start + 1), count: count) == nil)
    }
    let last = try await file.bytes(at: file.size - 50, count: 50)
    #expect(try atOnce(file, at: file.size - 50, count: 50) == last)
    #expect(throws: Failure.self) { try atOnce(file, at: file.size - 50, count: 51) }
    #expect(throws: Failure.self) { try atOnce(file, at: .max, count: 16) }
  }

  @Test func aWrongChecksumIsNoticedAtOnce() throws {
    let file = CheckedFile(BytesFile(bytes), name: "x", crc32: bytes.crc32 ^ 1) { _ in }
    #expect(try atOnce(file, at: 0, count: 1000) == Array(bytes[..<1000]))
    #expect { try atOnce(file, at: 1000, count: bytes.count - 1000) } throws: {
      ($0 as? Failure)?.code == .damaged
    }
    #expect(try atOnce(file, at: 0, count: 1000) == nil)
  }

  @Test func whatIsToBeFetchedIsNotAtHand() async throws {
    let folder = TemporaryDirectory()
    let source = FakeSource(bytes)
    let log = Log()
    let cache = try BlockCache.open(directory: folder.path, limit: 1 << 30, access: .readWrite, log: log)
    defer { cache.close() }
    let fetcher = Fetcher(
      configuration: .init(connections: 2, memory: 64 << 20, patience: .seconds(20)), cache: cache,
      pool: WorkerPool(threads: 2, name: "test"), log: log)
    let grid = try #require(BlockGrid(size: UInt64(bytes.count)))
    let target = FetchTarget(
      id: cache.binary(name: "x.zip.enc4", size: grid.size, crc32: nil), name: "x.zip.enc4", grid: grid,
      source: source)
    let binary = CachedBinary(target, fetcher: fetcher)

    #expect(try atOnce(binary, at: 0, count: 100) == nil)
    #expect(source.ranges.isEmpty)
    #expect(try await binary.bytes(at: 0, count: 100) == Array(bytes[..<100]))
    // The rest of the block comes when the reader has been answered.
    #expect(try await eventually { try atOnce(binary, at: 50, count: 5000) == Array(bytes[50..<5050]) })
    #expect(try await binary.bytes(at: 0, count: bytes.count) == bytes)
    #expect(try atOnce(binary, at: 0, count: bytes.count) == bytes)
    #expect(throws: Failure.self) { try atOnce(binary, at: 1, count: bytes.count) }

    await cache.flush()
    binary.forget(0..<1)
    #expect(try atOnce(binary, at: 0, count: 10) == nil)
    #expect(try atOnce(binary, at: UInt64(BlockGrid.blockSize), count: 10) != nil)
  }
}
