import FUSNet
import FirmwareFormats
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

@Suite(.timeLimit(.minutes(10)), .threadsOfItsOwn) struct PrefetchTests {
  private let folder = TemporaryDirectory()
  private let pool = WorkerPool(threads: 2, name: "test")
  private let plain: [UInt8]

  init() {
    var random = SplitMix(seed: 12)
    plain = random.bytes(20 * BlockGrid.blockSize + 1000)
  }

  private func opened(
    _ source: FakeSource?, limit: UInt64 = 1 << 30, memory: Int = 64 << 20, connections: Int = 2,
    patience: Duration = .seconds(100)
  ) throws -> (FetchTarget, BlockCache, Fetcher) {
    let log = Log()
    let cache = try BlockCache.open(directory: folder.path, limit: limit, access: .readWrite, log: log)
    let fetcher = Fetcher(
      configuration: .init(connections: connections, memory: memory, patience: patience),
      cache: cache, pool: pool, log: log)
    let grid = try #require(BlockGrid(size: UInt64(plain.count)))
    let target = FetchTarget(
      id: cache.binary(name: "test.zip.enc4", size: grid.size, crc32: nil), name: "test.zip.enc4", grid: grid,
      source: source)
    return (target, cache, fetcher)
  }

  private func isKept(_ blocks: Range<UInt32>, _ target: FetchTarget, _ cache: BlockCache) -> Bool {
    blocks.allSatisfy { index in
      let bytes = target.grid.bytes(ofBlock: index)
      let expected = ByteBlock(copying: plain[Int(bytes.lowerBound)..<Int(bytes.upperBound)])
      return isEqual(cache.block(index, of: target.id), expected)
    }
  }

  @Test(arguments: [64 << 20, 0]) func blocksAreInTheCacheWhenItEnds(memory: Int) async throws {
    let source = FakeSource(plain)
    let (target, cache, fetcher) = try opened(source, memory: memory)
    defer { cache.close() }
    try await fetcher.prefetch(3..<1000, of: target)
    #expect(cache.missing(in: 0..<21, of: target.id) == [0..<3])
    #expect(isKept(3..<21, target, cache))
    #expect(source.ranges.reduce(0) { $0 + $1.count } == plain.count - 3 * BlockGrid.blockSize)
    #expect(source.mostActive <= 2)
    // Nothing is left to do, so nothing is asked for.
    let count = source.ranges.count
    try await fetcher.prefetch(3..<21, of: target)
    #expect(source.ranges.count == count)
  }

  @Test func twoOfTheSameFetchEachBlockOnce() async throws {
    let source = FakeSource(plain)
    let (target, cache, fetcher) = try opened(source)
    defer { cache.close() }
    async let first: Void = fetcher.prefetch(0..<21, of: target)
    async let second: Void = fetcher.prefetch(5..<15, of: target)
    try await first
    try await second
    #expect(source.ranges.reduce(0) { $0 + $1.count } == plain.count)
    #expect(isKept(0..<21, target, cache))
  }

  @Test func aReaderComesFirst() async throws {
    let source = FakeSource(plain, isHeld: true)
    let (target, cache, fetcher) = try opened(source, connections: 1)
    defer { cache.close() }
    let prefetch = Task(executorPreference: ThreadsOfItsOwn.pool) {
      try await fetcher.prefetch(0..<21, of: target)
    }
    #expect(await eventually { source.ranges.count == 1 })
    let binary = CachedBinary(target, fetcher: fetcher)
    let read = Task(executorPreference: ThreadsOfItsOwn.pool) {
      try await binary.bytes(at: UInt64(15 * BlockGrid.blockSize), count: 10)
    }
    #expect(await eventually { fetcher.activity.waitingReads == 1 })
    source.release()
    #expect(try await read.value == Array(plain[15 * BlockGrid.blockSize..<15 * BlockGrid.blockSize + 10]))
    try await prefetch.value
    #expect(source.ranges.dropFirst().first?.lowerBound == UInt64(15 * BlockGrid.blockSize))
    #expect(source.ranges.reduce(0) { $0 + $1.count } == plain.count)
  }

  /// While it waits before it tries again it has no request that could be ended.
  @Test func whatIsTriedAgainMakesWayForAReaderElsewhere() async throws {
    let fault = FakeSource.Fault.atOnce(.retry(Failure(.network, "The server failed.")))
    let source = FakeSource(plain, faults: Array(repeating: fault, count: 6), isHeld: true)
    let (target, cache, fetcher) = try opened(source, connections: 1)
    defer { cache.close() }
    let prefetch = Task(executorPreference: ThreadsOfItsOwn.pool) {
      try await fetcher.prefetch(0..<21, of: target)
    }
    // Each pause is longer than the one before.
    #expect(await eventually { fetcher.activity.retries >= 3 })
    let other = FetchTarget(
      id: cache.binary(name: "other.zip.enc4", size: target.grid.size, crc32: nil), name: "other.zip.enc4",
      grid: target.grid, source: FakeSource(plain))
    let read = Task(executorPreference: ThreadsOfItsOwn.pool) {
      try await CachedBinary(other, fetcher: fetcher).bytes(at: 0, count: 10)
    }
    #expect(await eventually { cache.missing(in: 0..<1, of: other.id).isEmpty })
    source.release()
    #expect(try await read.value == Array(plain[0..<10]))
    try await prefetch.value
    #expect(isKept(0..<21, target, cache))
  }

  @Test func whyItFailedIsSaid() async throws {
    let cause = Failure(.network, "The server failed.")
    let source = FakeSource(plain, faults: Array(repeating: .before(.retry(cause)), count: 1000))
    let (target, cache, fetcher) = try opened(source, patience: .milliseconds(500))
    defer { cache.close() }
    await #expect { try await fetcher.prefetch(0..<21, of: target) } throws: { ($0 as? Failure) == cause }
  }

  /// Of a piece that two jobs bring, only one brings the block that is waited for.
  @Test func whatFailedOnceIsAskedForInOnePieceAgain() async throws {
    let fault = FakeSource.Fault.before(.retry(Failure(.network, "The server failed.")))
    let source = FakeSource(plain, faults: [fault, fault], isHeld: true)
    let (target, cache, fetcher) = try opened(source)
    defer { cache.close() }
    let prefetch = Task(executorPreference: ThreadsOfItsOwn.pool) {
      try await fetcher.prefetch(0..<10, of: target)
    }
    #expect(await eventually { source.ranges.count == 2 })
    let second = try #require(source.ranges.map(\.lowerBound).max())
    source.release()
    try await prefetch.value
    #expect(isKept(0..<10, target, cache))
    let blocks = Int(target.grid.bytes(ofBlocks: 0..<10).upperBound - second) / BlockGrid.blockSize
    #expect(blocks == 5)
    #expect(source.ranges.dropFirst(2).count { $0.lowerBound >= second } < blocks)
  }

  @Test func offlineIsSaidUnlessAllIsThere() async throws {
    let (target, cache, fetcher) = try opened(FakeSource(plain))
    try await fetcher.prefetch(0..<4, of: target)
    await cache.flush()
    cache.close()
    let (same, secondCache, offline) = try opened(nil)
    defer { secondCache.close() }
    try await offline.prefetch(0..<4, of: same)
    await #expect { try await offline.prefetch(0..<5, of: same) } throws: {
      ($0 as? Failure)?.code == .offline
    }
  }

  @Test func aCacheThatKeepsNothingIsSaid() async throws {
    let (target, cache, fetcher) = try opened(FakeSource(plain))
    cache.close()
    await #expect { try await fetcher.prefetch(0..<21, of: target) } throws: {
      ($0 as? Failure)?.code == .noSpace
    }
  }

  @Test func cancellingEndsItAtOnce() async throws {
    let source = FakeSource(plain, isHeld: true)
    let (target, cache, fetcher) = try opened(source)
    defer { cache.close() }
    let prefetch = Task(executorPreference: ThreadsOfItsOwn.pool) {
      try await fetcher.prefetch(0..<21, of: target)
    }
    #expect(await eventually { source.ranges.count == 2 })
    prefetch.cancel()
    await #expect { try await prefetch.value } throws: { ($0 as? Failure)?.code == .interrupted }
    source.release()
  }
}
