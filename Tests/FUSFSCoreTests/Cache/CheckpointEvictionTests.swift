import FirmwareFormats
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

/// A limit of 40 MiB leaves 10 MiB for checkpoints, which is 2,400 of those here.
@Suite(.timeLimit(.minutes(10)), .threadsOfItsOwn) struct CheckpointEvictionTests {
  private let limit: UInt64 = 40 << 20

  private func fill(_ stream: StreamCheckpoints, _ outputs: ClosedRange<UInt64>, in cache: BlockCache) async {
    for output in outputs {
      stream.keep(testCheckpoint(output))
      if output % 500 == 0 { await cache.flush() }
    }
    await cache.flush()
  }

  private func storeBlocks(_ blocks: Range<UInt32>, of binary: BinaryID, in cache: BlockCache) async {
    for index in blocks {
      await cache.waitForRoom()
      cache.storeTestBlock(index, of: binary)
    }
    await cache.flush()
  }

  @Test func whatWasUsedLongestAgoGoesFirstAndPinsLast() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder, limit: limit)
    defer { cache.close() }
    let names = ["pinned", "old", "new", "without blocks"]
    let binaries = names.map { cache.testBinary($0) }
    let streams = binaries.map { cache.checkpoints(of: $0, stream: "x") }
    cache.pin(binaries[0])
    for binary in binaries[..<3] { await storeBlocks(0..<1, of: binary, in: cache) }
    for stream in streams { await fill(stream, 1...500, in: cache) }
    #expect(streams.allSatisfy { $0.hasTestCheckpoint(1) })
    let more = cache.checkpoints(of: binaries[2], stream: "y")
    await fill(more, 1...800, in: cache)
    #expect(streams[3].checkpoint(atOrBefore: 1) == nil)
    #expect(streams[1].hasTestCheckpoint(1))
    await fill(more, 801...1200, in: cache)
    #expect(streams[1].checkpoint(atOrBefore: 1) == nil)
    #expect(streams[0].hasTestCheckpoint(1))
    #expect(more.hasTestCheckpoint(1200))
    await fill(more, 1201...4000, in: cache)
    #expect(streams[0].hasTestCheckpoint(1))
    #expect(more.hasTestCheckpoint(4000))
    #expect(more.checkpoint(atOrBefore: 1) == nil, "in a stream the first go first")
    #expect(cache.usage.indexes <= limit / 4)
    #expect(cache.usage.indexes >= limit / 6)
    #expect(cache.hasTestBlock(0, of: binaries[1]), "blocks stay")
  }

  @Test func evictedBlocksLeaveCheckpointsAlone() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder, limit: limit)
    defer { cache.close() }
    let binary = cache.testBinary(blocks: 320)
    let stream = cache.checkpoints(of: binary, stream: "x")
    await fill(stream, 1...2000, in: cache)
    await storeBlocks(0..<320, of: binary, in: cache)
    #expect(cache.block(0, of: binary) == nil)
    #expect(cache.hasTestBlock(319, of: binary))
    for output in stride(from: UInt64(1), through: 2000, by: 7) { #expect(stream.hasTestCheckpoint(output)) }
    let raw = try SQLiteConnection(path: folder.file, access: .readOnly)
    #expect(UInt64(try raw.integer("PRAGMA page_count") ?? 0) * UInt64(Schema.pageSize) <= limit)
  }

  @Test func aLowerLimitRemovesSome() async throws {
    let folder = TemporaryDirectory()
    var cache = try BlockCache.test(folder)
    await fill(cache.checkpoints(of: cache.testBinary(), stream: "x"), 1...5000, in: cache)
    cache.close()
    cache = try .test(folder, limit: limit)
    defer { cache.close() }
    let (current, limit) = (cache, limit)
    #expect(await eventually { current.usage.indexes <= limit / 4 })
    #expect(cache.checkpoints(of: cache.testBinary(), stream: "x").hasTestCheckpoint(5000))
  }

  @Test func withoutRoomTheyStayInMemory() async throws {
    let folder = TemporaryDirectory()
    let cache = try BlockCache.test(folder, limit: 0)
    defer { cache.close() }
    let stream = cache.checkpoints(of: cache.testBinary(), stream: "x")
    await fill(stream, 1...900, in: cache)
    #expect(stream.hasTestCheckpoint(1))
    #expect(stream.hasTestCheckpoint(900))
    #expect(cache.usage.indexes == 0)
  }
}
