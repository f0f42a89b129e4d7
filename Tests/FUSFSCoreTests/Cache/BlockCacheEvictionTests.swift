import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

/// A group is 64 blocks, 16 MiB. The limits here leave room for two and a half.
@Suite(.timeLimit(.minutes(10)), .threadsOfItsOwn) struct BlockCacheEvictionTests {
  private let limit: UInt64 = 40 << 20

  private func fill(_ cache: BlockCache, _ blocks: Range<UInt32>, of binary: BinaryID) async {
    for index in blocks {
      await cache.waitForRoom()
      cache.storeTestBlock(index, of: binary)
    }
    await cache.flush()
  }

  @Test func aCopyLargerThanTheCacheKeepsItsEnd() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder, limit: limit)
    defer { cache.close() }
    let binary = cache.testBinary(blocks: 320)
    await fill(cache, 0..<320, of: binary)
    #expect(cache.block(0, of: binary) == nil)
    #expect(cache.hasTestBlock(319, of: binary))
    #expect(cache.usage.blocks <= limit)
    #expect(cache.usage.blocks >= limit / 2)
    #expect(cache.usage.file <= limit + (8 << 20))
    for run in cache.missing(in: 0..<320, of: binary) {
      for index in run { #expect(cache.block(index, of: binary) == nil) }
    }
    let missing = cache.missing(in: 0..<320, of: binary).reduce(0) { $0 + $1.count }
    #expect(cache.cachedBytes(of: binary) == UInt64(320 - missing) * UInt64(BlockGrid.blockSize) - 1000)
  }

  @Test func whatWasReadLastStays() async throws {
    let folder = TemporaryDirectory()
    var cache = try BlockCache.test(folder, limit: limit)
    let first = cache.testBinary("first", blocks: 64)
    let second = cache.testBinary("second", blocks: 64)
    await fill(cache, 0..<64, of: first)
    await fill(cache, 0..<64, of: second)
    #expect(cache.hasTestBlock(3, of: first))
    await cache.flush()
    cache.close()
    cache = try .test(folder, limit: limit)
    defer { cache.close() }
    await fill(cache, 0..<64, of: cache.testBinary("third", blocks: 64))
    #expect(cache.hasTestBlock(3, of: first))
    #expect(cache.block(3, of: second) == nil)
  }

  @Test func pinsAreKept() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder, limit: limit)
    defer { cache.close() }
    let kept = cache.testBinary("kept", blocks: 64)
    cache.pin(kept)
    #expect(cache.isPinned(kept))
    #expect(cache.pinned == [kept])
    await fill(cache, 0..<64, of: kept)
    let other = cache.testBinary("other", blocks: 320)
    await fill(cache, 0..<320, of: other)
    for index in UInt32(0)..<64 { #expect(cache.hasTestBlock(index, of: kept)) }
    #expect(cache.hasTestBlock(319, of: other))
    #expect(cache.usage.pinned == 16 << 20 - 1000)
  }

  @Test func aCacheFullOfPinsKeepsThemUntilTheyAreUnpinned() async throws {
    let folder = TemporaryDirectory()
    let log = Log()
    let cache = try BlockCache.test(folder, limit: limit, log: log)
    defer { cache.close() }
    let kept = cache.testBinary("kept", blocks: 320)
    cache.pin(kept)
    await fill(cache, 0..<320, of: kept)
    #expect(log.recentLines.contains { $0.contains("full of pinned") })
    let cached = (UInt32(0)..<320).filter { cache.hasTestBlock($0, of: kept) }
    #expect(cached.count >= 100)
    let other = cache.testBinary("other", blocks: 64)
    await fill(cache, 0..<64, of: other)
    #expect(cached.allSatisfy { cache.hasTestBlock($0, of: kept) })
    cache.unpin(kept)
    #expect(cache.pinned.isEmpty)
    await cache.flush()
    await fill(cache, 0..<64, of: other)
    for index in UInt32(0)..<64 { #expect(cache.hasTestBlock(index, of: other)) }
  }

  @Test func aLowerLimitMakesTheFileSmaller() async throws {
    let folder = TemporaryDirectory()
    var cache = try BlockCache.test(folder)
    await fill(cache, 0..<320, of: cache.testBinary(blocks: 320))
    cache.close()
    cache = try .test(folder, limit: limit)
    defer { cache.close() }
    let limit = limit
    let isSmall = await eventually { cache.usage.file <= limit + (4 << 20) && cache.usage.blocks <= limit }
    #expect(isSmall)
  }

  /// Extents that were full are used again for groups of a few blocks.
  @Test func usedExtentsAreEmptiedFirst() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder, limit: limit)
    defer { cache.close() }
    await fill(cache, 0..<160, of: cache.testBinary(blocks: 160))
    let sparse = cache.testBinary("sparse", blocks: 64 * 200)
    for index in UInt32(0)..<150 {
      await cache.waitForRoom()
      cache.storeTestBlock(64 * index, of: sparse)
    }
    await cache.flush()
    #expect(cache.usage.file <= cache.usage.blocks + (4 << 20))
    #expect(cache.usage.file <= limit + (4 << 20))
    #expect(cache.hasTestBlock(64 * 149, of: sparse))
  }

  @Test func aLimitOfNothingCachesNothing() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder, limit: 0)
    defer { cache.close() }
    let binary = cache.testBinary()
    await fill(cache, 0..<100, of: binary)
    #expect(cache.block(0, of: binary) == nil)
    cache.storeReply(.history, key: "x", StoredReply(bytes: [1], at: 0))
    await cache.flush()
    #expect(cache.reply(.history, key: "x") != nil)
  }
}
