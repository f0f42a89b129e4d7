import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

@Suite(.timeLimit(.minutes(5))) struct BlockCacheTrimmingTests {
  /// A group of 64 blocks, the unit of eviction, in bytes.
  private static let group = UInt64(64 * BlockGrid.blockSize)

  /// A cache with a group of each of these binaries, in the order of use.
  private func filled(_ folder: TemporaryDirectory, _ names: [String]) async throws -> BlockCache {
    let cache = try BlockCache.test(folder)
    for name in names {
      let binary = cache.testBinary(name, blocks: 64)
      for index in 0..<UInt32(64) { cache.storeTestBlock(index, of: binary) }
      await cache.flush()
    }
    return cache
  }

  private func names(_ cache: BlockCache) -> [String] {
    cache.contents.filter { $0.cachedBytes > 0 }.map(\.binary.name)
  }

  @Test func whatWasUsedLongestAgoGoesFirstAndPinsStay() async throws {
    let folder = TemporaryDirectory()
    let cache = try await filled(folder, ["a", "b", "c"])
    defer { cache.close() }
    cache.pin(cache.testBinary("a", blocks: 64))
    await cache.flush()
    #expect(cache.contents.map(\.isPinned) == [true, false, false])
    #expect(cache.contents.map(\.cachedBytes) == Array(repeating: Self.group - 1000, count: 3))
    // The one that is open goes on meanwhile, and sees what the other evicts.
    try BlockCache.trim(directory: folder.cache, to: 5 * Self.group / 2, log: Log())
    #expect(names(cache) == ["a", "c"])
    #expect(cache.usage.file < 3 * Self.group)
    #expect(!cache.hasTestBlock(3, of: cache.testBinary("b", blocks: 64)))
    #expect(cache.hasTestBlock(3, of: cache.testBinary("c", blocks: 64)))
    try BlockCache.trim(directory: folder.cache, to: 0, log: Log())
    #expect(names(cache) == ["a"])
    #expect(cache.hasTestBlock(3, of: cache.testBinary("a", blocks: 64)))
  }

  @Test func pinsCanBeRemovedFirst() async throws {
    let folder = TemporaryDirectory()
    let cache = try await filled(folder, ["a", "b"])
    defer { cache.close() }
    cache.pin(cache.testBinary("a", blocks: 64))
    cache.storeReply(.history, key: "SM-A207F/SER", StoredReply(bytes: [1, 2, 3], at: 5))
    await cache.flush()
    try BlockCache.trim(directory: folder.cache, to: 0, unpinning: true, log: Log())
    #expect(names(cache).isEmpty)
    #expect(cache.pinned.isEmpty)
    #expect(cache.reply(.history, key: "SM-A207F/SER")?.bytes == [1, 2, 3])
    // It can be filled again at once.
    let binary = cache.testBinary("a", blocks: 64)
    cache.storeTestBlock(7, of: binary)
    await cache.flush()
    #expect(cache.hasTestBlock(7, of: binary))
  }

  @Test func whatIsNotThereNeedsNoTrimming() throws {
    let folder = TemporaryDirectory()
    try BlockCache.trim(directory: "\(folder.path)/none", to: 0, log: Log())
    #expect(try shell("ls -A '\(folder.path)'").output.isEmpty)
  }

  @Test func whatOthersDidIsSeenWhenLookedAtAgain() async throws {
    let folder = TemporaryDirectory()
    let cache = try await filled(folder, ["a"])
    defer { cache.close() }
    let binary = cache.testBinary("a", blocks: 64)
    #expect(cache.missing(in: 0..<64, of: binary).isEmpty)
    try BlockCache.trim(directory: folder.cache, to: 0, log: Log())
    await cache.lookAgain(at: binary)
    #expect(cache.missing(in: 0..<64, of: binary) == [0..<64])
  }

  @Test func binariesAreFoundByName() async throws {
    let folder = TemporaryDirectory()
    let cache = try await filled(folder, ["a", "b"])
    defer { cache.close() }
    #expect(cache.binaries(named: "b") == [cache.testBinary("b", blocks: 64)])
    #expect(cache.binaries(named: "c").isEmpty)
    #expect(cache.directory.hasSuffix("/cache"))
  }
}
