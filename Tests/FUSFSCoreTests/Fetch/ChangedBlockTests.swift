import FUSNet
import FirmwareFormats
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

/// Blocks that come again, and not as they were.
@Suite(.timeLimit(.minutes(10)), .threadsOfItsOwn) struct ChangedBlockTests {
  private let folder = TemporaryDirectory()
  private let pool = WorkerPool(threads: 2, name: "test")
  private let plain: [UInt8]
  private let changed = Locked<[Range<UInt32>]>([])

  init() {
    var random = SplitMix(seed: 12)
    plain = random.bytes(2 * BlockGrid.blockSize + 5000)
  }

  private func opened(
    _ source: FakeSource?, patience: Duration = .seconds(20)
  ) throws -> (CachedBinary, BlockCache) {
    let log = Log()
    let cache = try BlockCache.open(directory: folder.path, limit: 1 << 30, access: .readWrite, log: log)
    let fetcher = Fetcher(
      configuration: .init(connections: 1, memory: 64 << 20, patience: patience), cache: cache, pool: pool,
      log: log)
    let grid = try #require(BlockGrid(size: source.map { UInt64($0.bytes.count) } ?? UInt64(plain.count)))
    let target = FetchTarget(
      id: cache.binary(name: "test.zip.enc4", size: grid.size, crc32: nil), name: "test.zip.enc4", grid: grid,
      source: source,
      whenChanged: { [changed] blocks in changed.withLock { $0.append(blocks) } })
    return (CachedBinary(target, fetcher: fetcher), cache)
  }

  /// Another process puts the first block there, with a wrong byte.
  private func putIntoCache(wrongAt place: Int, of binary: CachedBinary) async throws {
    let other = try BlockCache.open(directory: folder.path, limit: 1 << 30, access: .readWrite, log: Log())
    defer { other.close() }
    var wrong = Array(plain[..<BlockGrid.blockSize])
    wrong[place] ^= 1
    other.store(ByteBlock(copying: wrong), index: 0, of: binary.target.id)
    await other.flush()
  }

  @Test func itIsRefusedAndFetchedOnceMore() async throws {
    let source = FakeSource(plain)
    let (binary, cache) = try opened(source)
    defer { cache.close() }
    for _ in 0..<3 {
      #expect(try await binary.bytes(at: 0, count: plain.count) == plain)
      await binary.evict(from: cache)
      source.add(.flip)
    }
    #expect(changed.withLock(\.isEmpty) && binary.changes == 0)
  }

  /// Those behind it are not waited for until patience ends.
  @Test func whatComesOtherwiseEachTimeIsSetAside() async throws {
    let source = FakeSource(plain)
    let (binary, cache) = try opened(source)
    defer { cache.close() }
    #expect(try await binary.bytes(at: 0, count: plain.count) == plain)
    await binary.evict(from: cache)
    let before = source.ranges.count
    for bits: UInt8 in [1, 2, 4] { source.add(.invert(at: 0, bits: bits)) }
    #expect(try await binary.bytes(at: 0, count: plain.count) == plain)
    // Either may be asked for first.
    let starts = source.ranges[before...].map { Int($0.lowerBound) }
    #expect(starts.count { $0 == BlockGrid.blockSize } == 1 && starts.count { $0 == 0 } >= 3)
    #expect(starts.last == 0)
    #expect(changed.withLock(\.isEmpty))
  }

  /// The first was wrong, or the server has another now: nobody is refused for ever.
  @Test(arguments: [true, false]) func whatComesTwiceTheSameIsBelieved(isFirstWrong: Bool) async throws {
    let block = Array(plain[..<BlockGrid.blockSize])
    let source = FakeSource(block)
    let (binary, cache) = try opened(source)
    defer { cache.close() }
    var wrong = block
    wrong[block.count - 1] ^= 0xFF
    if isFirstWrong { source.add(.flip) }
    #expect(try await binary.bytes(at: 0, count: block.count) == (isFirstWrong ? wrong : block))
    await binary.evict(from: cache)
    if !isFirstWrong { for _ in 0..<2 { source.add(.flip) } }
    #expect(try await binary.bytes(at: 0, count: block.count) == (isFirstWrong ? block : wrong))
    #expect(source.ranges.count == 3)
    #expect(changed.withLock { $0 } == [0..<1] && binary.changes > 0)
  }

  @Test func whatOthersPutIntoTheCacheIsCompared() async throws {
    let source = FakeSource(plain)
    let (binary, cache) = try opened(source)
    defer { cache.close() }
    #expect(try await binary.bytes(at: 0, count: plain.count) == plain)
    await binary.evict(from: cache)
    try await putIntoCache(wrongAt: 70_000, of: binary)
    #expect(try await binary.bytes(at: 70_000, count: 1) == [plain[70_000]])
    #expect(changed.withLock(\.isEmpty))
  }

  /// There is nobody else to ask.
  @Test func offlineWhatTheCacheSaysTwiceIsBelieved() async throws {
    let (online, cache) = try opened(FakeSource(plain))
    _ = try await online.bytes(at: 0, count: plain.count)
    await cache.flush()
    cache.close()
    let (binary, other) = try opened(nil)
    defer { other.close() }
    #expect(try await binary.bytes(at: 0, count: plain.count) == plain)
    await binary.evict(from: other)
    try await putIntoCache(wrongAt: 0, of: binary)
    let failure = await #expect(throws: Failure.self) { try await binary.bytes(at: 0, count: 1) }
    #expect(failure?.code == .offline)
    #expect(try await binary.bytes(at: 0, count: 1) == [plain[0] ^ 1])
    #expect(changed.withLock { $0 } == [0..<1])
  }

  /// What was served while the rest was on its way counts too.
  @Test func aBeginningThatWasGivenIsCompared() async throws {
    let fault = DownloadFault.retry(Failure(.network, "broken"))
    let source = FakeSource(Array(plain[..<BlockGrid.blockSize]), faults: [.halfway(fault)])
    let (binary, cache) = try opened(source)
    defer { cache.close() }
    let half = BlockGrid.blockSize / 2
    #expect(try await binary.bytes(at: 0, count: 4096) == Array(plain[..<4096]))
    try await putIntoCache(wrongAt: 4095, of: binary)
    let bytes = try await binary.bytes(at: 0, count: half)
    #expect(bytes == Array(plain[..<half]))
    #expect(changed.withLock(\.isEmpty))
  }

  @Test func whatIsForgottenMayChange() async throws {
    let block = Array(plain[..<BlockGrid.blockSize])
    let source = FakeSource(block, faults: [.flip])
    let (binary, cache) = try opened(source)
    defer { cache.close() }
    var wrong = block
    wrong[block.count - 1] ^= 0xFF
    #expect(try await binary.bytes(at: 0, count: block.count) == wrong)
    binary.forget(0..<binary.size)
    #expect(changed.withLock { $0 } == [0..<1] && binary.changes > 0)
    #expect(try await binary.bytes(at: 0, count: block.count) == block)
    #expect(source.ranges.count == 2)
  }
}
