import FirmwareFormats
import Glibc
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

@Suite(.timeLimit(.minutes(10)), .threadsOfItsOwn) struct BlockCacheSharingTests {
  /// What one finds wrong the other does not go on giving, though it knows where it stood.
  @Test func whatOneRemovesTheOtherHasNot() async throws {
    let folder = TemporaryDirectory()
    let (one, other) = (try BlockCache.test(folder), try BlockCache.test(folder))
    defer {
      one.close()
      other.close()
    }
    let binary = one.testBinary()
    for index in UInt32(0)..<10 { one.storeTestBlock(index, of: binary) }
    await one.flush()
    #expect(other.hasTestBlock(3, of: binary))
    one.remove(3, of: binary)
    await one.flush()
    #expect(other.block(3, of: binary) == nil)
    #expect(other.hasTestBlock(4, of: binary))
    #expect(other.missing(in: 0..<10, of: binary) == [3..<4])
  }

  @Test func whatIsCachedIsToldAsTheOtherLeavesIt() async throws {
    let folder = TemporaryDirectory()
    let (one, other) = (try BlockCache.test(folder), try BlockCache.test(folder))
    defer {
      one.close()
      other.close()
    }
    let binary = one.testBinary()
    for index in UInt32(0)..<10 { one.storeTestBlock(index, of: binary) }
    await one.flush()
    let whole = UInt64(10 * BlockGrid.blockSize)
    #expect(one.cachedBytes(of: binary) == whole && other.cachedBytes(of: binary) == whole)
    other.remove(2..<5, of: binary)
    await other.flush()
    #expect(one.cachedBytes(of: binary) == UInt64(7 * BlockGrid.blockSize))
  }

  /// Of a package that is forgotten all goes that is there, whoever stored it, and only that is asked for.
  @Test func whatIsNotThereIsNotRemoved() async throws {
    let folder = TemporaryDirectory()
    let (one, other) = (try BlockCache.test(folder), try BlockCache.test(folder))
    defer {
      one.close()
      other.close()
    }
    let binary = one.testBinary()
    one.storeTestBlock(3, of: binary)
    await one.flush()
    #expect(one.missing(in: 3..<5, of: binary) == [4..<5])
    for index: UInt32 in [4, 80] { other.storeTestBlock(index, of: binary) }
    await other.flush()
    one.storeTestBlock(50, of: binary)
    let changes = one.state.withLock { $0.queue.lastNumber }
    one.remove(0..<100, of: binary)
    #expect(one.state.withLock { $0.queue.lastNumber } == changes + 4)
    #expect(one.missing(in: 0..<100, of: binary) == [0..<100])
    await one.flush()
    for cache in [one, other] {
      #expect((UInt32(0)..<100).allSatisfy { cache.block($0, of: binary) == nil })
    }
  }

  @Test func twoCachesShareAFile() async throws {
    let folder = TemporaryDirectory()
    let first = try BlockCache.test(folder)
    let second = try BlockCache.test(folder)
    let binary = first.testBinary(blocks: 120)
    await withTaskGroup(of: Void.self) { group in
      for (cache, start) in [(first, UInt32(0)), (second, 60)] {
        group.addTask {
          for index in start..<start + 60 {
            await cache.waitForRoom()
            cache.storeTestBlock(index, of: binary)
            if index % 7 == 0 { await cache.flush() }
          }
          cache.storeReply(.history, key: "from \(start)", StoredReply(bytes: [1], at: 1))
          await cache.flush()
        }
      }
    }
    for cache in [first, second] {
      for index in UInt32(0)..<120 { #expect(cache.hasTestBlock(index, of: binary)) }
      #expect(cache.replies(.history) == ["from 0", "from 60"])
      #expect(cache.missing(in: 0..<120, of: binary).isEmpty)
    }
    first.close()
    #expect(second.hasTestBlock(5, of: binary))
    second.close()
  }

  @Test func whatAnotherEvictsIsMissing() async throws {
    let folder = TemporaryDirectory()
    let first = try BlockCache.test(folder)
    defer { first.close() }
    let binary = first.testBinary()
    first.storeTestBlock(7, of: binary)
    await first.flush()
    let raw = try SQLiteConnection(path: folder.file, access: .readWrite)
    try raw.execute("DELETE FROM block; DELETE FROM block_group")
    #expect(first.missing(in: 7..<8, of: binary).isEmpty, "not noticed yet")
    #expect(first.block(7, of: binary) == nil)
    #expect(first.missing(in: 7..<8, of: binary) == [7..<8])
  }

  @Test func aRebuildIsNoticedByTheOther() async throws {
    let folder = TemporaryDirectory()
    let log = Log()
    let first = try BlockCache.test(folder)
    let second = try BlockCache.test(folder, log: log)
    let binary = first.testBinary()
    second.storeTestBlock(1, of: binary)
    await second.flush()
    for suffix in ["", "-wal", "-shm"] { _ = unsafe unlink(folder.file + suffix) }
    let third = try BlockCache.test(folder)
    third.storeTestBlock(2, of: binary)
    await third.flush()
    second.storeTestBlock(3, of: binary)
    await second.flush()
    first.close()
    for cache in [second, third] {
      #expect(cache.hasTestBlock(2, of: binary))
      #expect(cache.hasTestBlock(3, of: binary))
    }
    #expect(log.recentLines.contains { $0.contains("removed or replaced") })
    second.close()
    #expect(third.hasTestBlock(3, of: binary))
    third.close()
  }

  @Test func noWriterStarves() async throws {
    let folder = TemporaryDirectory()
    let busy = try BlockCache.test(folder, limit: 64 << 20)
    let meek = try BlockCache.test(folder, limit: 64 << 20)
    let binary = busy.testBinary(blocks: 10_000)
    let copy = Task(executorPreference: ThreadsOfItsOwn.pool) {
      var index: UInt32 = 0
      let block = testBlock(0, of: binary)
      while !Task.isCancelled {
        await busy.waitForRoom()
        busy.store(block, index: index % 9000, of: binary)
        index += 1
      }
    }
    // On threads of its own too, so that it waits for the writer and not for other tests.
    let writing = Task(executorPreference: ThreadsOfItsOwn.pool) {
      var (longest, found) = (Duration.zero, 0)
      for index in UInt32(0)..<20 {
        let start = SuspendingClock.now
        meek.storeTestBlock(9000 + index, of: binary)
        await meek.flush()
        longest = max(longest, .now - start)
        if meek.hasTestBlock(9000 + index, of: binary) { found += 1 }
      }
      return (longest, found)
    }
    let (longest, found) = await writing.value
    copy.cancel()
    await copy.value
    // It got its turns while the other had no end; how long that takes depends on all else that runs here.
    #expect(longest < .seconds(60))
    #expect(found > 0)
    busy.close()
    meek.close()
  }
}
