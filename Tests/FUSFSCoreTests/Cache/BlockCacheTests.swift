import FirmwareFormats
import Glibc
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

@Suite(.timeLimit(.minutes(10)), .threadsOfItsOwn) struct BlockCacheTests {
  @Test func whatIsStoredIsReadAtOnceAndAfterReopening() async throws {
    let folder = TemporaryDirectory()
    var cache = try BlockCache.test(folder)
    let binary = cache.testBinary()
    for index: UInt32 in [0, 63, 64, 99] { cache.storeTestBlock(index, of: binary) }
    for index: UInt32 in [0, 63, 64, 99] { #expect(cache.hasTestBlock(index, of: binary)) }
    #expect(cache.block(1, of: binary) == nil)
    #expect(cache.block(100, of: binary) == nil)
    await cache.flush()
    #expect(cache.backlog == 0)
    #expect(cache.hasTestBlock(99, of: binary))
    cache.close()
    #expect(cache.block(0, of: binary) == nil, "closed")

    cache = try .test(folder)
    defer { cache.close() }
    #expect(cache.testBinary() == binary)
    for index: UInt32 in [0, 63, 64, 99] { #expect(cache.hasTestBlock(index, of: binary)) }
    #expect(cache.missing(in: 0..<200, of: binary) == [1..<63, 65..<99])
    #expect(cache.cachedBytes(of: binary) == 4 * UInt64(BlockGrid.blockSize) - 1000)
    let usage = cache.usage
    #expect(usage.blocks == cache.cachedBytes(of: binary))
    #expect(usage.pinned == 0)
    #expect(usage.file >= usage.blocks)
  }

  @Test func anotherSizeOrChecksumIsAnotherBinary() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    let binary = cache.binary(name: "a", size: 1000, crc32: 5)
    cache.storeTestBlock(0, of: binary)
    await cache.flush()
    #expect(cache.binary(name: "a", size: 1000, crc32: 5) == binary)
    #expect(cache.block(0, of: cache.binary(name: "a", size: 1000, crc32: 6)) == nil)
    #expect(cache.block(0, of: cache.binary(name: "a", size: 1000, crc32: nil)) == nil)
    #expect(cache.block(0, of: cache.binary(name: "a", size: 1001, crc32: 5)) == nil)
  }

  @Test func blocksOfAnotherLengthAreNotKept() throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    let binary = cache.testBinary(blocks: 2)
    let short = UniqueByteBlock(count: 10).frozen()
    cache.store(short, index: 0, of: binary)
    cache.store(short, index: 9, of: binary)
    #expect(cache.backlog == 0)
  }

  @Test func aBinaryTooLargeIsLeftAlone() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    let huge = cache.binary(name: "huge", size: .max, crc32: nil)
    cache.setFact("x", of: huge, to: [1])
    cache.pin(huge)
    await cache.flush()
    #expect(cache.fact("x", of: huge) == nil)
    #expect(!cache.isPinned(huge))
    #expect(cache.missing(in: 3..<9, of: huge) == [3..<9])
  }

  @Test func aNumberThatAnotherBinaryHasIsNotUsed() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    let binary = cache.testBinary()
    let raw = try SQLiteConnection(path: folder.file, access: .readWrite)
    try raw.execute("INSERT INTO binary(id, name, size) VALUES(\(binary.number), 'other', 5)")
    cache.storeTestBlock(0, of: binary)
    await cache.flush()
    #expect(cache.block(0, of: binary) == nil)
    #expect(cache.testBinary().grid == nil)
  }

  @Test func repliesAndFacts() async throws {
    let folder = TemporaryDirectory()
    var cache = try BlockCache.test(folder)
    var binary = cache.testBinary()
    cache.storeReply(.history, key: "SM-A207F/SER", StoredReply(bytes: [1, 2, 3], at: 77))
    cache.storeReply(.inform, key: "", StoredReply(bytes: [], at: -1))
    cache.storeReply(.history, key: "gone", StoredReply(bytes: [9], at: 1))
    cache.setFact("tail", of: binary, to: Array(repeating: 7, count: 100_000))
    #expect(cache.reply(.history, key: "SM-A207F/SER") == StoredReply(bytes: [1, 2, 3], at: 77))
    #expect(cache.replies(.history) == ["SM-A207F/SER", "gone"])
    await cache.flush()
    cache.removeReply(.history, key: "gone")
    #expect(cache.replies(.history) == ["SM-A207F/SER"])
    #expect(cache.reply(.history, key: "gone") == nil)
    cache.storeReply(.history, key: "SM-A207F/SER", StoredReply(bytes: [4], at: 78))
    cache.close()

    cache = try .test(folder)
    defer { cache.close() }
    binary = cache.testBinary()
    #expect(cache.replies(.history) == ["SM-A207F/SER"])
    #expect(cache.replies(.inform) == [""])
    #expect(cache.reply(.history, key: "SM-A207F/SER") == StoredReply(bytes: [4], at: 78))
    #expect(cache.reply(.inform, key: "") == StoredReply(bytes: [], at: -1))
    #expect(cache.reply(.inform, key: "SM-A207F/SER") == nil)
    #expect(cache.fact("tail", of: binary)?.count == 100_000)
    cache.setFact("tail", of: binary, to: nil)
    #expect(cache.fact("tail", of: binary) == nil)
    await cache.flush()
    #expect(cache.fact("tail", of: binary) == nil)
  }

  @Test func readOnlyChangesNothing() async throws {
    let folder = TemporaryDirectory()
    #expect(throws: Failure.self) { try BlockCache.test(folder, access: .readOnly) }
    let writing = try BlockCache.test(folder)
    let binary = writing.testBinary()
    writing.storeTestBlock(0, of: binary)
    writing.close()
    let cache = try BlockCache.test(folder, access: .readOnly)
    defer { cache.close() }
    cache.storeTestBlock(1, of: binary)
    cache.pin(binary)
    await cache.flush()
    await cache.waitForRoom()
    #expect(cache.hasTestBlock(0, of: binary))
    #expect(cache.block(1, of: binary) == nil)
    #expect(!cache.isPinned(binary))
    #expect(cache.missing(in: 0..<2, of: binary) == [1..<2])
  }

  /// A writer that waits too long for the lock gives its blocks up. On a machine that is so busy that this happens, the
  /// test begins anew.
  @Test func theBacklogIsBounded() async throws {
    for _ in 0..<20 {
      let log = Log()
      let folder = TemporaryDirectory()
      let cache = try BlockCache.open(
        directory: folder.cache, limit: 1 << 30, backlogLimit: Self.backlogLimit, log: log)
      defer { cache.close() }
      let binary = cache.testBinary(blocks: 200)
      try await fillWhileLocked(
        cache, folder, (UInt32(0)..<200).map { testBlock($0, of: binary) }, of: binary)
      guard !log.recentLines.contains(where: { $0.contains("suspended") }) else { continue }
      let stored = (UInt32(0)..<200).filter { cache.hasTestBlock($0, of: binary) }
      #expect(stored.count >= 4)
      #expect(cache.missing(in: 0..<200, of: binary).reduce(0) { $0 + $1.count } == 200 - stored.count)
      return
    }
    Issue.record("The writer never got the lock in time.")
  }

  /// Everything that reads the file waits, as on a disk that does not answer.
  @Test func storingDoesNotWaitForTheDisk() throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    let binary = cache.testBinary()
    let stored = Wakeup()
    let isStored = try holding(ReadPool.limit, of: cache.pool) {
      startThread(name: "store") {
        cache.storeTestBlock(0, of: binary)
        stored.signal()
      }
      return stored.wait(milliseconds: 60_000)
    }
    #expect(isStored == true)
    #expect(cache.missing(in: 0..<2, of: binary) == [1..<2])
  }

  /// What the body gives while so many connections of the pool are in use.
  private func holding<Result>(
    _ count: Int, of pool: ReadPool, _ body: () -> Result
  ) throws(SQLiteError) -> Result? {
    guard count > 0 else { return body() }
    return try pool.read { (_) throws(SQLiteError) in try holding(count - 1, of: pool, body) }
  }

  private static let backlogLimit = 1 << 20

  /// Stores the blocks while another holds the lock, so that nothing is committed; on threads of its own, since a test
  /// may wait for its turn.
  private func fillWhileLocked(
    _ cache: BlockCache, _ folder: TemporaryDirectory, _ blocks: [ByteBlock], of binary: BinaryID
  ) async throws {
    try await Task(executorPreference: ThreadsOfItsOwn.pool) {
      let raw = try SQLiteConnection(path: folder.file, access: .readWrite)
      try raw.execute("BEGIN IMMEDIATE")
      for (index, block) in blocks.enumerated() {
        cache.store(block, index: UInt32(index), of: binary)
      }
      #expect(cache.backlog <= BlockCache.limitsBeforeLoss * Self.backlogLimit + BlockGrid.blockSize)
      let cancelled = Task(executorPreference: ThreadsOfItsOwn.pool) { await cache.waitForRoom() }
      cancelled.cancel()
      await cancelled.value
      let waiting = Task(executorPreference: ThreadsOfItsOwn.pool) { await cache.waitForRoom() }
      try raw.execute("COMMIT")
      await waiting.value
      #expect(cache.backlog <= Self.backlogLimit)
    }.value
    await cache.flush()
  }

  @Test func manyThreadsReadAtOnce() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    let binary = cache.testBinary(blocks: 40)
    let pool = WorkerPool(threads: 24, name: "reader")
    await withTaskGroup(of: Bool.self) { group in
      group.addTask(executorPreference: pool) {
        for index in UInt32(0)..<40 { cache.storeTestBlock(index, of: binary) }
        await cache.flush()
        return true
      }
      for reader in UInt32(0)..<24 {
        group.addTask(executorPreference: pool) {
          for index in UInt32(0)..<40 {
            let index = (index + reader) % 40
            if let block = cache.block(index, of: binary), !isEqual(block, testBlock(index, of: binary)) {
              return false
            }
          }
          return true
        }
      }
      for await isRight in group { #expect(isRight) }
    }
    for index in UInt32(0)..<40 { #expect(cache.hasTestBlock(index, of: binary)) }
  }
}
