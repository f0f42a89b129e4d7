import FirmwareFormats
import Glibc
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

@Suite(.timeLimit(.minutes(10)), .threadsOfItsOwn) struct SchemaTests {
  /// A whole file of ours with a block and a fact in it, and then changed.
  private func folder(changed: String) async throws -> TemporaryDirectory {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    cache.storeTestBlock(0, of: cache.testBinary())
    cache.setFact("x", of: cache.testBinary(), to: [7])
    cache.close()
    try SQLiteConnection(path: folder.file, access: .readWrite).execute(changed)
    return folder
  }

  private func version(of folder: TemporaryDirectory) throws -> Int64? {
    try SQLiteConnection(path: folder.file, access: .readOnly).integer("PRAGMA user_version")
  }

  @Test(arguments: [1, 2])
  func anEarlierVersionIsMadeAnew(version: Int64) async throws {
    let folder = try await folder(changed: "DROP TABLE block; PRAGMA user_version = \(version)")
    let log = Log()
    let cache = try BlockCache.test(folder, log: log)
    defer { cache.close() }
    #expect(log.recentLines.contains { $0.contains("old version \(version)") && $0.contains("made anew") })
    #expect(cache.block(0, of: cache.testBinary()) == nil)
    cache.storeTestBlock(0, of: cache.testBinary())
    await cache.flush()
    #expect(cache.hasTestBlock(0, of: cache.testBinary()))
    #expect(try self.version(of: folder) == Schema.version)
  }

  @Test(arguments: [Schema.version - 1, Schema.version + 1])
  func whatBecomesAnotherVersionIsLeftAlone(version: Int64) async throws {
    let folder = TemporaryDirectory()
    let log = Log()
    let cache = try BlockCache.open(
      directory: folder.cache, limit: 1 << 30, retryAfter: .seconds(600), log: log)
    defer { cache.close() }
    let binary = cache.testBinary()
    cache.storeTestBlock(0, of: binary)
    await cache.flush()
    let other = try SQLiteConnection(path: folder.file, access: .readWrite)
    try other.execute("PRAGMA user_version = \(version)")
    cache.storeTestBlock(1, of: binary)
    await cache.flush()
    cache.storeTestBlock(2, of: binary)
    #expect(cache.block(1, of: binary) == nil)
    #expect(try other.integer("SELECT count(*) FROM block") == 1)
    #expect(log.recentLines.count == 1)
    #expect(log.recentLines.contains { $0.contains("has version \(version)") })
  }

  @Test(arguments: [
    "DROP TABLE fact", "CREATE TABLE more(x)", "DROP INDEX block_group_by_access",
    "ALTER TABLE block ADD COLUMN bytes ANY", "PRAGMA application_id = 7",
    "CREATE TRIGGER t AFTER UPDATE ON block_group BEGIN DELETE FROM block; END",
    "CREATE VIEW reply_view AS SELECT * FROM reply",
  ])
  func otherTablesAreDamage(change: String) async throws {
    let folder = try await folder(changed: change)
    let log = Log()
    let cache = try BlockCache.test(folder, log: log)
    #expect(log.recentLines.contains { $0.contains("made anew") })
    #expect(cache.block(0, of: cache.testBinary()) == nil)
    cache.close()
    #expect(try version(of: folder) == Schema.version)
  }

  /// What a file brings along is not run, whoever asks for it and before it is known to be ours.
  @Test func triggersAndViewsAreNotRun() async throws {
    let folder = try await folder(
      changed: """
        CREATE TRIGGER t AFTER UPDATE ON fact BEGIN DELETE FROM block; END;
        CREATE VIEW v AS SELECT 1;
        """)
    let connection = try SQLiteConnection(path: folder.file, access: .readWrite)
    try connection.execute("UPDATE fact SET crc = 1")
    #expect(try connection.integer("SELECT count(*) FROM block") == 1)
    #expect(throws: SQLiteError.self) { try connection.integer("SELECT * FROM v") }
    #expect(throws: SQLiteError.self) { try connection.integer("SELECT load_extension('/lib/x.so')") }
    #expect(try connection.integer("PRAGMA trusted_schema") == 0)
    try connection.execute("PRAGMA writable_schema = ON")
    #expect(throws: SQLiteError.self) { try connection.execute("UPDATE sqlite_schema SET sql = ''") }
  }

  @Test func eachCauseHasAPlaceOfItsOwn() throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    cache.close()
    let connection = try SQLiteConnection(path: folder.file, access: .readOnly)
    let sites = [
      try site { _ = try BlockFile(path: "\(folder.path)/none", access: .readOnly) },
      try site { _ = try SQLiteConnection(path: "\(folder.path)/none", access: .readOnly) },
      try site { try connection.execute("SELECT nothing") },
      try site { _ = try connection.prepare("SELECT nothing") },
      try site { try connection.prepare("DELETE FROM fact").run() },
    ]
    #expect(Set(sites).count == sites.count, "\(sites)")
    #expect(!sites.contains { $0.hasPrefix("SQLiteError:") })
  }

  /// Where the body's failure was found.
  private func site(_ body: () throws -> Void) throws -> String {
    let error = #expect(throws: SQLiteError.self) { try body() }
    return try #require(error?.failure.site.description)
  }

  @Test func anEarlierVersionIsOfNoUseWhereNothingMayBeWritten() async throws {
    let folder = try await folder(changed: "PRAGMA user_version = 1")
    #expect(throws: Failure.self) { try BlockCache.test(folder, access: .readOnly) }
    #expect(try version(of: folder) == 1)
  }

  @Test func manyMakeItAnewAtOnce() async throws {
    let folder = try await folder(changed: "PRAGMA user_version = 1")
    let opened = await withTaskGroup(of: Bool.self) { group in
      for index in UInt32(0)..<6 {
        group.addTask {
          guard let cache = try? BlockCache.test(folder) else { return false }
          defer { cache.close() }
          cache.storeTestBlock(index, of: cache.testBinary())
          await cache.flush()
          return cache.hasTestBlock(index, of: cache.testBinary())
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(opened == 6)
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    #expect((UInt32(0)..<6).allSatisfy { cache.hasTestBlock($0, of: cache.testBinary()) })
  }
}
