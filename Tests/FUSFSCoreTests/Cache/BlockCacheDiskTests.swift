import Glibc
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

/// A file system in memory of that size, mounted where the cache of a test is put.
private final class SmallDisk {
  let folder = TemporaryDirectory()

  init?(megabytes: Int) {
    _ = unsafe mkdir(folder.cache, 0o700)
    guard unsafe mount("tmpfs", folder.cache, "tmpfs", 0, "size=\(megabytes)m,mode=700") == 0 else {
      return nil
    }
  }

  deinit { _ = unsafe umount2(folder.cache, Int32(MNT_DETACH)) }

  /// A program that another test is just starting may hold the closed files for a moment: tried until it works.
  func remount(megabytes: Int, readOnly: Bool = false) async -> Bool {
    let (path, flags) = (folder.cache, UInt(MS_REMOUNT | (readOnly ? MS_RDONLY : 0)))
    return await eventually { unsafe mount("tmpfs", path, "tmpfs", flags, "size=\(megabytes)m") == 0 }
  }

  static let isPermitted = SmallDisk(megabytes: 1) != nil
}

@Suite(
  .enabled(if: SmallDisk.isPermitted, "mounting a file system takes privileges"), .timeLimit(.minutes(10)),
  .threadsOfItsOwn)
struct BlockCacheDiskTests {
  @Test func aFullDiskSuspendsCachingUntilThereIsRoom() async throws {
    let disk = try #require(SmallDisk(megabytes: 12))
    let log = Log()
    let cache = try BlockCache.test(disk.folder, log: log)
    defer { cache.close() }
    let binary = cache.testBinary(blocks: 100)
    for index in UInt32(0)..<4 { cache.storeTestBlock(index, of: binary) }
    await cache.flush()
    for index in UInt32(4)..<100 {
      await cache.waitForRoom()
      cache.storeTestBlock(index, of: binary)
    }
    await cache.flush()
    cache.setFact("kept", of: binary, to: [1])
    let stream = cache.checkpoints(of: binary, stream: "x")
    stream.keepTestCheckpoints(1...6000)
    for index in UInt32(0)..<4 { #expect(cache.hasTestBlock(index, of: binary)) }
    #expect(log.recentLines.contains { $0.contains("Caching is suspended") })
    #expect(cache.fact("kept", of: binary) == [1])
    // 16 MiB wait, the newest 4 MiB are in memory besides.
    for output: UInt64 in [1, 2000, 5500, 6000] { #expect(stream.hasTestCheckpoint(output)) }
    #expect(await disk.remount(megabytes: 200))
    let mended = await eventually {
      cache.storeTestBlock(99, of: binary)
      await cache.flush()
      return cache.hasTestBlock(99, of: binary)
        && log.recentLines.contains { $0.contains("Caching goes on") }
    }
    #expect(mended)
    #expect(log.recentLines.filter { $0.contains("Caching is suspended") }.count == 1)
    #expect(log.recentLines.filter { $0.contains("Caching goes on") }.count == 1)
    #expect(cache.fact("kept", of: binary) == [1])
    for index in UInt32(0)..<4 { #expect(cache.hasTestBlock(index, of: binary)) }
    for output: UInt64 in [1, 2000, 5500, 6000] { #expect(stream.hasTestCheckpoint(output)) }
    #expect(cache.usage.indexes > 8 << 20)
  }

  @Test func aReadOnlyDiskIsReadAndWrittenWhenItMends() async throws {
    let disk = try #require(SmallDisk(megabytes: 50))
    var cache = try BlockCache.test(disk.folder)
    let binary = cache.testBinary(blocks: 100)
    cache.storeTestBlock(0, of: binary)
    cache.close()
    #expect(await disk.remount(megabytes: 50, readOnly: true))
    let log = Log()
    cache = try .test(disk.folder, log: log)
    defer { cache.close() }
    #expect(log.recentLines.filter { $0.contains("Caching is suspended") }.count == 1)
    #expect(cache.hasTestBlock(0, of: binary))
    cache.storeTestBlock(1, of: binary)
    #expect(cache.block(1, of: binary) == nil)
    #expect(try BlockCache.test(disk.folder, access: .readOnly).hasTestBlock(0, of: binary))
    #expect(await disk.remount(megabytes: 50))
    let mended = await eventually {
      cache.storeTestBlock(1, of: binary)
      await cache.flush()
      return cache.hasTestBlock(1, of: binary)
    }
    #expect(mended)
    #expect(cache.hasTestBlock(0, of: binary))
  }
}
