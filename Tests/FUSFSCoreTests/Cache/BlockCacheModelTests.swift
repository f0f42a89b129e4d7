import FirmwareFormats
import Glibc
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

/// Random programs against a dictionary: what was stored is there or, where it was evicted, corrupted or lost in a
/// crash, missing; it is never wrong. The same holds for checkpoints.
@Suite(.timeLimit(.minutes(10))) struct BlockCacheModelTests {
  private struct Block: Hashable {
    let binary: BinaryID
    let index: UInt32
  }

  private struct Model {
    /// Blocks that must be found.
    var committed: Set<Block> = []
    /// Blocks that must be found once all is committed.
    var stored: Set<Block> = []
    /// Blocks that may be found.
    var possible: Set<Block> = []
    /// Plain bytes before the checkpoints that must be found, and before those that may be.
    var checkpoints: Set<UInt64> = []
    var possibleCheckpoints: Set<UInt64> = []

    func mustHave(_ block: Block) -> Bool { committed.contains(block) }
    func mayHave(_ block: Block) -> Bool { possible.contains(block) }
  }

  @Test(arguments: 1...24)
  func randomPrograms(seed: Int) async throws {
    var generator = SplitMix(seed: UInt64(seed))
    var folder = TemporaryDirectory()
    // Every third program has to evict, and so cannot say what must be found.
    let isSmall = seed % 3 == 0
    let limit: UInt64 = isSmall ? 12 << 20 : 1 << 30
    var cache = try BlockCache.test(folder, limit: limit)
    let binaries = [cache.testBinary("a", blocks: 1), cache.testBinary("b", blocks: 130)]
    var model = Model()
    var stream = cache.checkpoints(of: binaries[1], stream: "x")
    for step in 0..<80 {
      let binary = try #require(binaries.randomElement(using: &generator))
      let count = binary.grid?.count ?? 0
      let block = Block(binary: binary, index: UInt32.random(in: 0..<count, using: &generator))
      let output = UInt64.random(in: 0..<200, using: &generator)
      switch Int.random(in: 0..<130, using: &generator) {
      case 0..<45:
        for index in block.index..<min(count, block.index + 6) {
          cache.storeTestBlock(index, of: binary)
          model.stored.insert(Block(binary: binary, index: index))
          model.possible.insert(Block(binary: binary, index: index))
        }
      case 45..<75:
        let found = cache.block(block.index, of: binary)
        if let found {
          #expect(isEqual(found, testBlock(block.index, of: binary)), "seed \(seed), step \(step)")
          #expect(model.mayHave(block), "seed \(seed), step \(step)")
        } else {
          #expect(!model.mustHave(block), "seed \(seed), step \(step)")
        }
      case 75..<83:
        await cache.flush()
        if !isSmall { model.committed = model.stored }
      case 83..<88:
        cache.close()
        cache = try .test(folder, limit: limit)
        stream = cache.checkpoints(of: binaries[1], stream: "x")
        if !isSmall { model.committed = model.stored }
      case 88..<93:
        // Killed: what the files hold at this moment is all that is left.
        let next = TemporaryDirectory()
        _ = unsafe mkdir(next.cache, 0o700)
        let wasIdle = cache.backlog == 0
        try writeFile(next.file, try readFile(folder.file))
        try writeFile(next.file + "-wal", try readFile(folder.file + "-wal"))
        try folder.shell("cp --sparse=always cache/blocks.data '\(next.blocks)'")
        cache.close()
        folder = next
        cache = try .test(folder, limit: limit)
        stream = cache.checkpoints(of: binaries[1], stream: "x")
        if !wasIdle { model.stored = [] }
        model.checkpoints = []
        model.committed = isSmall ? [] : model.stored
      case 93..<97:
        await cache.flush()
        if !isSmall { model.committed = model.stored }
        try folder.corrupt(binary.blockKey(block.index))
        model.committed.remove(block)
        model.stored.remove(block)
        #expect(cache.block(block.index, of: binary) == nil, "seed \(seed), step \(step)")
        model.possible.remove(block)
      case 97..<112:
        stream.keepTestCheckpoints(output..<output + 5)
        model.checkpoints.formUnion(output..<output + 5)
        model.possibleCheckpoints.formUnion(output..<output + 5)
      case 112..<125:
        let found = stream.checkpoint(atOrBefore: output)
        if let found {
          #expect(
            found.output <= output && found == testCheckpoint(found.output), "seed \(seed), step \(step)")
          #expect(model.possibleCheckpoints.contains(found.output), "seed \(seed), step \(step)")
        }
        if !isSmall, let least = model.checkpoints.filter({ $0 <= output }).max() {
          #expect(found.map { $0.output >= least } == true, "seed \(seed), step \(step)")
        }
      case 125:
        stream.removeAll()
        model.checkpoints = []
      default:
        for run in cache.missing(in: 0..<count, of: binary) {
          for index in run {
            #expect(
              !model.mustHave(Block(binary: binary, index: index)), "seed \(seed), step \(step)")
          }
        }
      }
    }
    await cache.flush()
    if !isSmall { model.committed = model.stored }
    for binary in binaries {
      for index in UInt32(0)..<(binary.grid?.count ?? 0) {
        let block = Block(binary: binary, index: index)
        if let found = cache.block(index, of: binary) {
          #expect(isEqual(found, testBlock(index, of: binary)), "seed \(seed), at the end")
        } else {
          #expect(!model.mustHave(block), "seed \(seed), at the end")
        }
      }
    }
    cache.close()
  }
}
