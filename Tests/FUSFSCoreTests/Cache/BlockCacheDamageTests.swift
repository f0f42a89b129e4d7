import FirmwareFormats
import Glibc
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

@Suite(.timeLimit(.minutes(10)), .threadsOfItsOwn) struct BlockCacheDamageTests {
  /// A closed cache with 20 blocks, a reply, a fact, and 40 checkpoints.
  private func filledFolder() async throws -> TemporaryDirectory {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    let binary = cache.testBinary(blocks: 20)
    for index in UInt32(0)..<20 { cache.storeTestBlock(index, of: binary) }
    cache.storeReply(.inform, key: "x", StoredReply(bytes: Array(0..<200), at: 5))
    cache.setFact("tail", of: binary, to: Array(0..<100))
    cache.checkpoints(of: binary, stream: "AP.tar.md5").keepTestCheckpoints(1...40)
    cache.close()
    return folder
  }

  /// Reads all, which may find anything but wrong bytes, and then stores and reads again.
  private func use(_ cache: BlockCache) async -> Bool {
    let binary = cache.binary(
      name: "SM-A207F_1.zip.enc4", size: 20 * UInt64(BlockGrid.blockSize) - 1000, crc32: 1)
    guard binary.grid != nil else { return true }
    for index in UInt32(0)..<20 {
      if let block = cache.block(index, of: binary), !isEqual(block, testBlock(index, of: binary)) {
        return false
      }
    }
    if let reply = cache.reply(.inform, key: "x"), reply.bytes != Array(0..<200) { return false }
    if let fact = cache.fact("tail", of: binary), fact != Array(0..<100) { return false }
    let stream = cache.checkpoints(of: binary, stream: "AP.tar.md5")
    for output in UInt64(0)...40 {
      if let found = stream.checkpoint(atOrBefore: output) {
        guard found.output <= output, found == testCheckpoint(found.output) else { return false }
      }
    }
    return await eventually {
      for output in UInt64(1)...40 where !stream.hasTestCheckpoint(output) {
        stream.keepTestCheckpoints([output])
      }
      await cache.flush()
      guard (UInt64(1)...40).allSatisfy({ stream.hasTestCheckpoint($0) }) else { return false }
      for index in UInt32(0)..<20 where !cache.hasTestBlock(index, of: binary) {
        cache.storeTestBlock(index, of: binary)
      }
      await cache.flush()
      return (UInt32(0)..<20).allSatisfy { cache.hasTestBlock($0, of: binary) }
    }
  }

  private func isMadeAnew(_ folder: TemporaryDirectory) async throws {
    let log = Log()
    let cache = try BlockCache.test(folder, log: log)
    #expect(log.recentLines.contains { $0.contains("made anew") })
    #expect(await use(cache))
    cache.close()
  }

  @Test(arguments: [0, 1])
  func anEmptyFileIsFilled(count: Int) async throws {
    let folder = try await filledFolder()
    try writeFile(folder.file, Array(repeating: 0, count: count))
    let cache = try BlockCache.test(folder)
    #expect(await use(cache))
    cache.close()
  }

  @Test func garbageIsReplaced() async throws {
    let folder = try await filledFolder()
    var generator = SplitMix(seed: 1)
    try writeFile(folder.file, generator.bytes(100_000))
    try await isMadeAnew(folder)
  }

  @Test(arguments: [99, 100, 4095, 4096, 4097, 32768, 40000])
  func aFileCutShortIsReplaced(count: Int) async throws {
    let folder = try await filledFolder()
    try writeFile(folder.file, Array(try readFile(folder.file).prefix(count)))
    try await isMadeAnew(folder)
  }

  @Test func blocksThatAreMissingAreMadeAnew() async throws {
    let folder = try await filledFolder()
    try #require(unsafe unlink(folder.blocks) == 0)
    try await isMadeAnew(folder)
  }

  @Test func whatTakesTheDirectorysPlaceIsToldOfOnce() async throws {
    let folder = TemporaryDirectory()
    let log = Log()
    let cache = try BlockCache.test(folder, log: log)
    defer { cache.close() }
    let binary = cache.testBinary()
    cache.storeTestBlock(0, of: binary)
    await cache.flush()
    try #require(unsafe rename(folder.cache, folder.cache + ".old") == 0)
    try writeFile(folder.cache, [])
    // Some tries to mend it come between.
    for index in UInt32(1)..<20 {
      cache.storeTestBlock(index, of: binary)
      await cache.flush()
      _ = cache.block(index, of: binary)
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(log.recentLines.count == 1)
    try #require(unsafe unlink(folder.cache) == 0)
    let mended = await eventually {
      cache.storeTestBlock(1, of: binary)
      await cache.flush()
      return cache.hasTestBlock(1, of: binary)
    }
    #expect(mended)
  }

  @Test(arguments: [0, 1, 1 << 20, 3 << 20])
  func blocksCutShortAreFetchedAgain(count: Int) async throws {
    let folder = try await filledFolder()
    try #require(unsafe truncate(folder.blocks, off_t(count)) == 0)
    let log = Log()
    let cache = try BlockCache.test(folder, log: log)
    defer { cache.close() }
    #expect(await use(cache))
    #expect(log.recentLines.contains { $0.contains("fetched again") })
  }

  @Test func anAbsurdExtentIsDamage() async throws {
    for extent in [-1, Int64(BlockFile.extentLimit), .max] {
      let folder = try await filledFolder()
      let raw = try SQLiteConnection(path: folder.file, access: .readWrite)
      try raw.execute("UPDATE block_group SET extent = \(extent)")
      let cache = try BlockCache.test(folder)
      defer { cache.close() }
      #expect(cache.block(0, of: cache.testBinary(blocks: 20)) == nil)
      #expect(await use(cache), "\(extent)")
    }
  }

  /// SQLite opens a file whose header asks for a newer one to read only.
  @Test func aFormatThatSQLiteDoesNotWriteIsDamage() async throws {
    let folder = try await filledFolder()
    var bytes = try readFile(folder.file)
    bytes[18] = 66
    try writeFile(folder.file, bytes)
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    #expect(await use(cache))
  }

  @Test func anAbsurdVersionIsDamage() async throws {
    let folder = try await filledFolder()
    let raw = try SQLiteConnection(path: folder.file, access: .readWrite)
    try raw.execute("PRAGMA user_version = -77")
    try await isMadeAnew(folder)
  }

  @Test func missingTablesAreDamage() async throws {
    let folder = try await filledFolder()
    let raw = try SQLiteConnection(path: folder.file, access: .readWrite)
    try raw.execute("DROP TABLE fact")
    try await isMadeAnew(folder)
  }

  /// A flip in the header may also read as a newer version, which is refused.
  @Test func flippedBitsNeverGiveWrongBytes() async throws {
    let folder = try await filledFolder()
    let intact = try readFile(folder.file)
    let blocks = try readFile(folder.blocks)
    var generator = SplitMix(seed: 2)
    for round in 0..<60 {
      var bytes = intact
      // The header, the first pages with the tables' roots, and anywhere.
      let span = [100, 13 * Schema.pageSize, bytes.count][round % 3]
      for _ in 0..<(1 + round % 4) {
        bytes[Int.random(in: 0..<span, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      }
      for suffix in ["-wal", "-shm"] { _ = unsafe unlink(folder.file + suffix) }
      try writeFile(folder.file, bytes)
      var damaged = blocks
      damaged[Int.random(in: 0..<blocks.count, using: &generator)] ^= 1
      try writeFile(folder.blocks, damaged)
      do {
        let cache = try BlockCache.test(folder)
        #expect(await use(cache), "round \(round)")
        cache.close()
      } catch let failure as Failure {
        #expect([.unsupported, .invalid].contains(failure.code), "round \(round): \(failure)")
      }
    }
  }

  /// A file with checkpoints alone, so that flips hit them and the tables around them.
  @Test func flippedBitsNeverGiveWrongCheckpoints() async throws {
    let folder = TemporaryDirectory()
    let filling = try BlockCache.test(folder)
    filling.checkpoints(of: filling.testBinary(), stream: "x").keepTestCheckpoints(1...200)
    filling.close()
    let intact = try readFile(folder.file)
    var generator = SplitMix(seed: 3)
    for round in 0..<16 {
      var bytes = intact
      for _ in 0..<(1 << (round % 8)) {
        bytes[Int.random(in: 100..<bytes.count, using: &generator)] ^=
          1 << UInt8.random(in: 0..<8, using: &generator)
      }
      for suffix in ["-wal", "-shm"] { _ = unsafe unlink(folder.file + suffix) }
      try writeFile(folder.file, bytes)
      let cache = try BlockCache.test(folder)
      let stream = cache.checkpoints(of: cache.testBinary(), stream: "x")
      for output in stride(from: UInt64(200), through: 1, by: -1) {
        guard let found = stream.checkpoint(atOrBefore: output) else { continue }
        #expect(found.output <= output && found == testCheckpoint(found.output), "round \(round)")
      }
      let isMended = await eventually {
        stream.keepTestCheckpoints(1...200)
        await cache.flush()
        return (UInt64(1)...200).allSatisfy { stream.hasTestCheckpoint($0) }
      }
      #expect(isMended, "round \(round)")
      cache.close()
    }
  }

  @Test func aBlockWithWrongBytesIsFetchedAgain() async throws {
    let folder = try await filledFolder()
    let log = Log()
    let cache = try BlockCache.test(folder, log: log)
    defer { cache.close() }
    let binary = cache.testBinary(blocks: 20)
    #expect(cache.missing(in: 0..<20, of: binary).isEmpty)
    let raw = try SQLiteConnection(path: folder.file, access: .readWrite)
    var blocks = try readFile(folder.blocks)
    blocks[3 * BlockGrid.blockSize + 100_000] ^= 1
    try writeFile(folder.blocks, blocks)
    try raw.execute("UPDATE block SET checksums = x'00000000' WHERE key = \(binary.blockKey(4))")
    try raw.execute("UPDATE reply SET bytes = x'00'")
    try raw.execute("UPDATE fact SET crc = 5")
    #expect(cache.block(3, of: binary) == nil)
    #expect(cache.block(4, of: binary) == nil)
    #expect(cache.reply(.inform, key: "x") == nil)
    #expect(cache.fact("tail", of: binary) == nil)
    #expect(cache.missing(in: 0..<20, of: binary) == [3..<5])
    await cache.flush()
    #expect(try raw.integer("SELECT count(*) FROM block") == 18)
    #expect(try raw.integer("SELECT count(*) FROM reply") == 0)
    #expect(log.recentLines.filter { $0.contains("fetched again") }.count == 2)
    cache.storeTestBlock(3, of: binary)
    #expect(cache.hasTestBlock(3, of: binary))
    await cache.flush()
    #expect(cache.hasTestBlock(3, of: binary))
    #expect(cache.missing(in: 0..<20, of: binary) == [4..<5])
  }

  @Test(arguments: [Int64.max, 1 << 62])
  func anAbsurdPlaceInTheOrderOfUseIsDamage(place: Int64) async throws {
    let folder = try await filledFolder()
    let raw = try SQLiteConnection(path: folder.file, access: .readWrite)
    try raw.execute("UPDATE block_group SET accessed = \(place)")
    let log = Log()
    let cache = try BlockCache.test(folder, log: log)
    defer { cache.close() }
    cache.storeReply(.inform, key: "y", StoredReply(bytes: [1], at: 6))
    await cache.flush()
    #expect(log.recentLines.contains { $0.contains("made anew") })
    #expect(await use(cache))
  }

  @Test func damageMetWhileInUseIsMended() async throws {
    let folder = try await filledFolder()
    let log = Log()
    let cache = try BlockCache.test(folder, log: log)
    defer { cache.close() }
    let descriptor = unsafe open(folder.file, O_WRONLY | O_CLOEXEC)
    try #require(descriptor >= 0)
    let size = try readFile(folder.file).count
    let noise = [UInt8](repeating: 0x5a, count: size)
    #expect(unsafe pwrite(descriptor, noise, noise.count, 0) == noise.count)
    #expect(await use(cache))
    #expect(log.recentLines.contains { $0.contains("made anew") })
    // Kept open until here: closing it lets go of all locks that the process has on the file.
    close(descriptor)
  }

  @Test func whatOnlySeemsDamagedIsKept() async throws {
    let folder = try await filledFolder()
    let log = Log()
    let cache = try BlockCache.test(folder, log: log)
    defer { cache.close() }
    let binary = cache.testBinary(blocks: 20)
    // None comes so soon after another that the file is replaced unseen.
    cache.state.withLock { $0.damageHistory = DamageHistory(moment: .zero) }
    for _ in 0..<6 {
      let generation = cache.pool.generation
      cache.state.withLock { $0.damagedGeneration = generation }
      cache.wakeup.signal()
      #expect(await eventually { cache.pool.generation > generation })
    }
    #expect(cache.missing(in: 0..<20, of: binary).isEmpty)
    #expect((UInt32(0)..<20).allSatisfy { cache.hasTestBlock($0, of: binary) })
    #expect(cache.isKeeping)
    #expect(!log.recentLines.contains { $0.contains("made anew") })
  }

  /// Another process has removed the damaged one, and not made the tables yet.
  @Test func aFileThatIsBeingMadeIsNotDamaged() async throws {
    let folder = try await filledFolder()
    let log = Log()
    let cache = try BlockCache.test(folder, log: log)
    defer { cache.close() }
    let binary = cache.testBinary(blocks: 20)
    #expect(cache.fact("tail", of: binary) != nil)
    let directory = try CacheDirectory(folder.cache, create: false)
    try directory.removeFile()
    try directory.createFile()
    let raw = try SQLiteConnection(path: folder.file, access: .readWrite)
    try raw.execute(Schema.fileSettings)
    for mode in ["DELETE", "WAL"] {
      _ = try raw.integer("PRAGMA journal_mode = \(mode)")
      cache.pool.reset()
      #expect(cache.fact("tail", of: binary) == nil)
      #expect(cache.state.withLock(\.damagedGeneration) == -1)
      #expect(log.recentLines.isEmpty)
    }
    #expect(await use(cache))
  }

  @Test func aFileThatIsRemovedIsMadeAgain() async throws {
    let folder = try await filledFolder()
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    removeAll(folder.cache)
    let binary = cache.testBinary(blocks: 20)
    for index in UInt32(0)..<20 { cache.storeTestBlock(index, of: binary) }
    await cache.flush()
    for index in UInt32(0)..<20 { #expect(cache.hasTestBlock(index, of: binary)) }
    let raw = try SQLiteConnection(path: folder.file, access: .readOnly)
    #expect(try raw.integer("SELECT count(*) FROM block") == 20)
  }
}
