import FirmwareFormats
import Glibc
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

@Suite(.timeLimit(.minutes(10)), .threadsOfItsOwn) struct SchemaTests {
  /// A file as version 1 made it, with a block and a fact in it.
  private func folderOfVersion1(changed: String = "") throws -> TemporaryDirectory {
    let folder = TemporaryDirectory()
    _ = unsafe mkdir(folder.cache, 0o700)
    try writeFile(folder.file, [])
    _ = unsafe chmod(folder.file, 0o600)
    let raw = try SQLiteConnection(path: folder.file, access: .readWrite)
    try raw.execute(Schema.fileSettings)
    try raw.execute("PRAGMA journal_mode = WAL")
    for statement in Schema.statements[0] { try raw.execute(statement) }
    try raw.execute("PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = 1")
    let binary = BinaryID(
      name: "SM-A207F_1.zip.enc4", size: 100 * UInt64(BlockGrid.blockSize) - 1000, crc32: 1)
    let block = testBlock(0, of: binary)
    try raw.execute("INSERT INTO binary VALUES(\(binary.number), '\(binary.name)', \(binary.size), 1, 0)")
    let statement = try raw.prepare(
      "INSERT INTO block(key, crc, bytes) VALUES(\(binary.blockKey(0)), \(block.crc32), ?)")
    try statement.run(binding: block, at: 1)
    try raw.execute("INSERT INTO block_group VALUES(\(binary.blockKey(0) >> 6), 1, 1)")
    try raw.execute("INSERT INTO fact VALUES(\(binary.number), 'x', \([UInt8(7)].crc32), x'07')")
    try raw.execute(changed)
    return folder
  }

  private func version(of folder: TemporaryDirectory) throws -> Int64? {
    try SQLiteConnection(path: folder.file, access: .readOnly).integer("PRAGMA user_version")
  }

  @Test func version1IsBroughtUpToDate() async throws {
    let folder = try folderOfVersion1()
    for _ in 0..<2 {
      let log = Log()
      let cache = try BlockCache.test(folder, log: log)
      let binary = cache.testBinary()
      #expect(cache.hasTestBlock(0, of: binary))
      #expect(cache.fact("x", of: binary) == [7])
      let stream = cache.checkpoints(of: binary, stream: "x")
      stream.keepTestCheckpoints([5])
      await cache.flush()
      #expect(stream.hasTestCheckpoint(5))
      #expect(!log.recentLines.contains { $0.contains("damaged") })
      cache.close()
      #expect(try version(of: folder) == 2)
    }
  }

  @Test(arguments: [
    "DROP TABLE fact", "CREATE TABLE more(x)", "DROP INDEX block_group_by_access",
    Schema.statements[1][0], "PRAGMA user_version = 2",
  ])
  func whatFitsNoVersionIsDamage(change: String) async throws {
    let folder = try folderOfVersion1(changed: change)
    let log = Log()
    let cache = try BlockCache.test(folder, log: log)
    #expect(log.recentLines.contains { $0.contains("made anew") })
    #expect(cache.block(0, of: cache.testBinary()) == nil)
    cache.close()
    #expect(try version(of: folder) == 2)
  }

  @Test func version1IsReadAsItIsWhereNothingMayBeWritten() async throws {
    let folder = try folderOfVersion1()
    let log = Log()
    let cache = try BlockCache.test(folder, access: .readOnly, log: log)
    let binary = cache.testBinary()
    #expect(cache.hasTestBlock(0, of: binary))
    let stream = cache.checkpoints(of: binary, stream: "x")
    #expect(stream.checkpoint(atOrBefore: .max) == nil)
    stream.keepTestCheckpoints([5])
    #expect(stream.hasTestCheckpoint(5))
    #expect(cache.usage.indexes == 0)
    #expect(log.recentLines.isEmpty)
    cache.close()
    #expect(try version(of: folder) == 1)
  }

  /// A program of version 1 that has the file open goes on: what it has prepared fits.
  @Test func aProgramOfVersion1GoesOnBeside() async throws {
    let folder = try folderOfVersion1()
    let old = try SQLiteConnection(path: folder.file, access: .readWrite)
    let read = try old.prepare("SELECT count(*) FROM block")
    let write = try old.prepare(
      "INSERT INTO reply(kind, key, at, crc, bytes) VALUES(1, ?, 0, \([].crc32), x'')")
    #expect(try read.first { $0.integer(0) } == 1)
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    cache.storeTestBlock(1, of: cache.testBinary())
    await cache.flush()
    #expect(try read.first { $0.integer(0) } == 2)
    for key in ["a", "b"] {
      try write.bind(key, at: 1)
      try write.run()
      cache.checkpoints(of: cache.testBinary(), stream: key).keepTestCheckpoints([1])
      await cache.flush()
    }
    #expect(cache.replies(.history) == ["a", "b"])
    #expect(cache.checkpoints(of: cache.testBinary(), stream: "b").hasTestCheckpoint(1))
  }

  @Test func manyBringItUpToDateAtOnce() async throws {
    let folder = try folderOfVersion1()
    let opened = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<6 {
        group.addTask {
          guard let cache = try? BlockCache.test(folder) else { return false }
          defer { cache.close() }
          return cache.hasTestBlock(0, of: cache.testBinary())
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(opened == 6)
  }
}
