import FirmwareFormats
import Glibc
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

/// The checkpoint that a test keeps after so many plain bytes: always the same, and different for each.
func testCheckpoint(_ output: UInt64, window: Int = 4000) -> Checkpoint {
  var generator = SplitMix(seed: output)
  return Checkpoint(
    output: output, input: output &* 3, crc32: UInt32(truncatingIfNeeded: generator.next()),
    window: generator.bytes(window))
}

extension StreamCheckpoints {
  func keepTestCheckpoints(_ outputs: some Sequence<UInt64>) {
    for output in outputs { keep(testCheckpoint(output)) }
  }

  func hasTestCheckpoint(_ output: UInt64) -> Bool {
    checkpoint(atOrBefore: output) == testCheckpoint(output)
  }
}

@Suite(.timeLimit(.minutes(10)), .threadsOfItsOwn) struct StreamCheckpointsTests {
  private let name = "AP_x.tar.md5/boot.img.lz4"

  @Test func theyAreFoundWhileTheyWaitAfterwardsAndAgain() async throws {
    let folder = TemporaryDirectory()
    var cache = try BlockCache.test(folder)
    var stream = cache.checkpoints(of: cache.testBinary(), stream: name)
    #expect(stream.checkpoint(atOrBefore: .max) == nil)
    stream.keepTestCheckpoints(stride(from: 100, to: 5000, by: 100))
    for round in 0..<3 {
      #expect(stream.position(atOrBefore: 99) == nil)
      #expect(stream.checkpoint(atOrBefore: 99) == nil)
      for output in UInt64(1)..<50 {
        #expect(stream.position(atOrBefore: output * 100 + 42) == output * 100)
        #expect(stream.checkpoint(atOrBefore: output * 100 + 42) == testCheckpoint(output * 100))
      }
      #expect(stream.checkpoint(atOrBefore: .max) == testCheckpoint(4900))
      #expect(stream.hasCheckpoint(in: 150..<201))
      #expect(!stream.hasCheckpoint(in: 150..<200))
      #expect(!stream.hasCheckpoint(in: 4901..<UInt64.max))
      if round == 0 { await cache.flush() }
      if round == 1 {
        cache.close()
        cache = try .test(folder)
        stream = cache.checkpoints(of: cache.testBinary(), stream: name)
      }
    }
    #expect(cache.checkpoints(of: cache.testBinary(), stream: name) === stream)
    let other = cache.checkpoints(of: cache.testBinary(), stream: "BL_x.tar.md5")
    #expect(other.position(atOrBefore: .max) == nil)
    let elsewhere = cache.checkpoints(of: cache.testBinary("other"), stream: name)
    #expect(elsewhere.position(atOrBefore: .max) == nil)
    let usage = cache.usage
    #expect((49 * 4000..<49 * 4700).contains(usage.indexes))
    cache.close()
  }

  @Test func theOutputsAreListedFromTheIndexAlone() throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    let raw = try SQLiteConnection(path: folder.file, access: .readOnly)
    let plan = try raw.prepare(
      "EXPLAIN QUERY PLAN SELECT output FROM checkpoint WHERE stream = ? ORDER BY output"
    ).rows { $0.text(3) }
    #expect(plan == ["SEARCH checkpoint USING COVERING INDEX sqlite_autoindex_checkpoint_1 (stream=?)"])
  }

  @Test func theNewestOfAPlaceIsKept() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    let stream = cache.checkpoints(of: cache.testBinary(), stream: name)
    for window in [100, 60_000, 0, 65536] {
      let checkpoint = testCheckpoint(7, window: window)
      stream.keep(checkpoint)
      #expect(stream.checkpoint(atOrBefore: 7) == checkpoint)
      await cache.flush()
      #expect(stream.checkpoint(atOrBefore: 7) == checkpoint)
      #expect(cache.usage.indexes == UInt64(checkpoint.rowBytes))
    }
    stream.keep(testCheckpoint(8, window: 65537))
    stream.keep(testCheckpoint(.max))
    stream.keep(Checkpoint(output: 9, input: 1 << 63, crc32: 0, window: []))
    #expect(stream.position(atOrBefore: .max) == 7)
  }

  @Test func allOfAStreamAreRemoved() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    let stream = cache.checkpoints(of: cache.testBinary(), stream: name)
    let other = cache.checkpoints(of: cache.testBinary(), stream: "other")
    other.keepTestCheckpoints([5])
    for isCommitted in [false, true] {
      stream.keepTestCheckpoints(1...100)
      if isCommitted { await cache.flush() }
      stream.removeAll()
      #expect(stream.checkpoint(atOrBefore: .max) == nil)
      stream.keepTestCheckpoints([50])
      for _ in 0..<2 {
        #expect(stream.hasTestCheckpoint(50))
        #expect(stream.position(atOrBefore: 49) == nil)
        #expect(!stream.hasCheckpoint(in: 51..<UInt64.max))
        await cache.flush()
      }
    }
    #expect(other.hasTestCheckpoint(5))
    #expect(cache.usage.indexes == 2 * UInt64(testCheckpoint(5).rowBytes))
    let raw = try SQLiteConnection(path: folder.file, access: .readOnly)
    #expect(try raw.integer("SELECT count(*) FROM checkpoint") == 2)
  }

  @Test func damagedRowsAreDroppedAndTheOneBeforeIsGiven() async throws {
    let folder = TemporaryDirectory()
    let log = Log()
    let cache = try BlockCache.test(folder, log: log)
    defer { cache.close() }
    let stream = cache.checkpoints(of: cache.testBinary(), stream: name)
    stream.keepTestCheckpoints(1...40)
    await cache.flush()
    let raw = try SQLiteConnection(path: folder.file, access: .readWrite)
    let damages = [
      "input = input + 1", "input = -1", "input = 9223372036854775807", "plain_crc = -5",
      "plain_crc = 1 << 40", "window = x''", "window = zeroblob(4000)", "window = zeroblob(20000000)",
      "crc = crc + 1", "crc = -1",
    ]
    for (index, damage) in damages.enumerated() {
      try raw.execute("UPDATE checkpoint SET \(damage) WHERE output = \(40 - index)")
    }
    #expect(stream.checkpoint(atOrBefore: 100) == testCheckpoint(30))
    #expect(stream.position(atOrBefore: 100) == 30)
    await cache.flush()
    #expect(try raw.integer("SELECT max(output) FROM checkpoint") == 30)
    #expect(try raw.integer("SELECT count(*) FROM checkpoint") == 30)
    #expect(log.recentLines.filter { $0.contains("checkpoints") }.count == 1)
    #expect(log.recentLines.contains { $0.contains("\(damages.count) checkpoints of \(name)") })
    stream.keepTestCheckpoints(31...40)
    await cache.flush()
    #expect(stream.hasTestCheckpoint(40))
  }

  @Test func rowsThatAreGoneAreForgottenAtOnce() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    let stream = cache.checkpoints(of: cache.testBinary(), stream: name)
    stream.keepTestCheckpoints(1...1000)
    await cache.flush()
    let raw = try SQLiteConnection(path: folder.file, access: .readWrite)
    #expect(stream.hasTestCheckpoint(800))
    try raw.execute("DELETE FROM checkpoint WHERE output > 3")
    #expect(stream.position(atOrBefore: 800) == 800, "not noticed yet")
    #expect(stream.checkpoint(atOrBefore: 800) == testCheckpoint(3))
    #expect(!stream.hasCheckpoint(in: 4..<2000))
    try raw.execute("DELETE FROM checkpoint")
    #expect(stream.checkpoint(atOrBefore: 800) == nil)
  }

  @Test(arguments: [Int64.max, .min, -1, 0])
  func absurdSizesOfStreamsAreBorne(bytes: Int64) async throws {
    let folder = TemporaryDirectory()
    let log = Log()
    let cache = try BlockCache.test(folder, log: log)
    defer { cache.close() }
    let stream = cache.checkpoints(of: cache.testBinary(), stream: name)
    stream.keepTestCheckpoints(1...600)
    await cache.flush()
    let raw = try SQLiteConnection(path: folder.file, access: .readWrite)
    for id in 1...3 { try raw.execute("INSERT INTO stream VALUES(\(id), \(id), 'x', \(bytes))") }
    try raw.execute("UPDATE stream SET bytes = \(bytes)")
    try raw.execute("UPDATE checkpoint SET output = -output WHERE output < 10")
    #expect(cache.usage.indexes <= 1 << 50)
    stream.keepTestCheckpoints([1000])
    await cache.flush()
    #expect(stream.hasTestCheckpoint(1000))
    #expect(cache.usage.indexes <= 1 << 50)
    #expect(!log.recentLines.contains { $0.contains("made anew") })
  }

  @Test func aCacheThatIsOnlyReadKeepsTheNewestInMemory() async throws {
    let folder = TemporaryDirectory()
    let writing = try BlockCache.test(folder)
    writing.checkpoints(of: writing.testBinary(), stream: name).keepTestCheckpoints(1...10)
    writing.close()
    let cache = try BlockCache.test(folder, access: .readOnly)
    let stream = cache.checkpoints(of: cache.testBinary(), stream: name)
    #expect(stream.hasTestCheckpoint(10))
    stream.keepTestCheckpoints(11...3000)
    #expect(stream.hasTestCheckpoint(3000))
    #expect(stream.hasTestCheckpoint(2500))
    #expect(stream.checkpoint(atOrBefore: 1000) == testCheckpoint(10), "4 MiB hold no more than the last 973")
    #expect(stream.hasTestCheckpoint(5))
    cache.close()
    #expect(stream.hasTestCheckpoint(2500))
    #expect(stream.checkpoint(atOrBefore: 5) == nil)
    stream.removeAll()
    #expect(stream.checkpoint(atOrBefore: .max) == nil)
  }

  @Test func wrongOnesOfACacheThatIsOnlyReadAreNotGivenAgain() async throws {
    let folder = TemporaryDirectory()
    let writing = try BlockCache.test(folder)
    writing.checkpoints(of: writing.testBinary(), stream: name).keepTestCheckpoints(1...10)
    writing.close()
    let cache = try BlockCache.test(folder, access: .readOnly)
    defer { cache.close() }
    let stream = cache.checkpoints(of: cache.testBinary(), stream: name)
    #expect(stream.hasTestCheckpoint(10))
    stream.removeAll()
    stream.keepTestCheckpoints([4])
    #expect(stream.checkpoint(atOrBefore: 10) == testCheckpoint(4))
    #expect(stream.checkpoint(atOrBefore: 3) == nil)
  }

  @Test func aBinaryThatIsNotCachedHasThemInMemory() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    let huge = cache.binary(name: "huge", size: .max, crc32: nil)
    let stream = cache.checkpoints(of: huge, stream: name)
    stream.keepTestCheckpoints(1...10)
    await cache.flush()
    #expect(stream.hasTestCheckpoint(10))
    stream.removeAll()
    #expect(stream.checkpoint(atOrBefore: 10) == nil)
    #expect(cache.usage.indexes == 0)
  }

  @Test func aFileThatIsMadeAnewLosesThemAndKeepsNewOnes() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    let stream = cache.checkpoints(of: cache.testBinary(), stream: name)
    stream.keepTestCheckpoints(1...500)
    await cache.flush()
    removeAll(folder.cache)
    stream.keepTestCheckpoints([600])
    await cache.flush()
    #expect(stream.hasTestCheckpoint(600))
    #expect(stream.checkpoint(atOrBefore: 500) == nil)
    #expect(stream.position(atOrBefore: 500) == nil)
  }

  @Test func manyThreadsUseOneStream() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    let binary = cache.testBinary()
    await withTaskGroup(of: Void.self) { group in
      for start in UInt64(0)..<8 {
        group.addTask {
          let stream = cache.checkpoints(of: binary, stream: "x")
          for output in stride(from: start, to: 800, by: 8) {
            stream.keep(testCheckpoint(output, window: 500))
            #expect(stream.checkpoint(atOrBefore: output) == testCheckpoint(output, window: 500))
            if output % 50 == 0 { await cache.flush() }
          }
        }
      }
    }
    await cache.flush()
    let stream = cache.checkpoints(of: binary, stream: "x")
    for output in UInt64(0)..<800 {
      #expect(stream.checkpoint(atOrBefore: output) == testCheckpoint(output, window: 500))
    }
  }

  @Test func longFactsAreKept() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder)
    defer { cache.close() }
    let binary = cache.testBinary()
    var generator = SplitMix(seed: 3)
    let facts = (0..<3).map { _ in generator.bytes(4 << 20) }
    for (index, bytes) in facts.enumerated() { cache.setFact("table \(index)", of: binary, to: bytes) }
    cache.setFact("too long", of: binary, to: Array(repeating: 0, count: 4 << 20 + 1))
    for _ in 0..<2 {
      for (index, bytes) in facts.enumerated() { #expect(cache.fact("table \(index)", of: binary) == bytes) }
      #expect(cache.fact("too long", of: binary) == nil)
      await cache.flush()
    }
  }
}
