import CLZ4
import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

/// Blocks that an encoder flushed early: a read in the middle comes first and must be right.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct LZ4ProofTests {
  private let plain = firmwareLike(900_001, seed: 51)

  @Test(arguments: [false, true], [false, true])
  func shortBlocks(isLinked: Bool, hasContentSize: Bool) async throws {
    for most in [100, 9000, 200_000] {
      let plain = Array(plain.prefix(most == 100 ? 15_000 : plain.count))
      let packed = try flushedFrame(
        pieces(of: plain, most: most, seed: UInt64(most)), isLinked: isLinked, hasContentSize: hasContentSize)
      for passesBytes in [false, true] {
        var random = SplitMix(seed: 6)
        for _ in 0..<3 {
          let file = try await openLZ4(packed, passesBytes: passesBytes, checkpoints: MemoryCheckpoints())
          #expect(file.size == UInt64(plain.count))
          for _ in 0..<6 {
            let start = Int.random(in: 0..<plain.count, using: &random)
            let count = Int.random(in: 1...min(plain.count - start, 2000), using: &random)
            #expect(
              try await file.bytes(at: UInt64(start), count: count) == Array(plain[start..<start + count]))
          }
        }
      }
    }
  }

  /// Where all blocks are full, the last tells it, and no other is decoded on the way.
  @Test func theLastBlockProves() async throws {
    let packed = try TemporaryDirectory().lz4(plain, "-B4 --content-size")
    let file = try await openLZ4(packed)
    #expect(file.decodedCount == 0)
    #expect(try await file.bytes(at: 500_000, count: 1) == [plain[500_000]])
    #expect(file.decodedCount == 2)
  }

  @Test func theLastBlockProvesLinkedOnesToo() async throws {
    let packed = try TemporaryDirectory().lz4(plain, "-B4 -BD --content-size")
    let file = try await openLZ4(packed)
    #expect(try await file.bytes(at: 200_000, count: 1) == [plain[200_000]])
    #expect(file.decodedCount == 1 + 4)
  }

  @Test func aLegacyFrameIsMeasuredByItsLastBlock() async throws {
    let long = longFirmwareLike(20_000_000, seed: 8)
    let packed = try TemporaryDirectory().lz4(long, "-l")
    let file = try await openLZ4(packed)
    #expect(file.size == UInt64(long.count))
    #expect(file.decodedCount == 1)
    #expect(try await file.bytes(at: 9_000_000, count: 1000) == Array(long[9_000_000..<9_001_000]))
    #expect(file.decodedCount == 2)
  }

  /// A legacy frame whose first block is short would move all others.
  @Test func aShortLegacyBlockInTheMiddleIsDamage() async throws {
    let packed = try TemporaryDirectory().lz4(plain, "-l")
    let twice = packed + packed.dropFirst(4)
    let file = try await openLZ4(twice)
    let failure = await #expect(throws: Failure.self) { try await file.bytes(at: 0, count: 1) }
    #expect(failure?.code == .damaged)
    #expect(failure?.cause.hasPrefix("\"boot.img.lz4\" is damaged: the LZ4 block at byte 4 ") == true)
  }

  /// Short blocks whose sum happens to look full: only the last block's size tells them apart.
  @Test func aShortAndAShorterBlock() async throws {
    let parts = [Array(plain[..<30_000]), Array(plain[30_000..<95_536]), Array(plain[95_536..<131_072])]
    let packed = try flushedFrame(parts, hasContentSize: true)
    let file = try await openLZ4(packed)
    #expect(file.size == 131_072)
    #expect(try await file.bytes(at: 100_000, count: 10) == Array(plain[100_000..<100_010]))
    #expect(try await file.bytes(at: 0, count: 131_072) == Array(plain[..<131_072]))
  }
}

/// Linked blocks: decoding begins at the nearest point that there is.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct LZ4LinkedTests {
  private static let plain = longFirmwareLike(21_000_000, seed: 61)
  private let plain = Self.plain

  @Test func checkpointsBoundTheDecoding() async throws {
    let packed = try TemporaryDirectory().lz4(plain, "-B4 -BD --content-size")
    let index = LZ4Index(size: UInt64(packed.count))
    let checkpoints = MemoryCheckpoints()
    let first = try await openLZ4(packed, index: index, checkpoints: checkpoints)
    #expect(try await first.bytes(at: 0, count: plain.count) == plain)
    #expect(checkpoints.all.map(\.output) == [4, 8, 12, 16, 20].map { UInt64($0) << 20 })
    var random = SplitMix(seed: 62)
    for _ in 0..<20 {
      let file = try await openLZ4(packed, index: index, checkpoints: checkpoints)
      let start = Int.random(in: 0..<plain.count - 100, using: &random)
      #expect(try await file.bytes(at: UInt64(start), count: 100) == Array(plain[start..<start + 100]))
      #expect(
        file.decodedCount <= 1 + (start + 99) % (4 << 20) / 65_536 + 64
          * ((start + 99) / (4 << 20) - start / (4 << 20)))
      // From kept blocks it is one step further.
      let decoded = file.decodedCount
      let next = min((start / 65_536 + 2) * 65_536, plain.count - 1)
      #expect(try await file.bytes(at: UInt64(next), count: 1) == [plain[next]])
      #expect(file.decodedCount <= decoded + 2)
    }
  }

  @Test func wrongCheckpointsAreDropped() async throws {
    let packed = try TemporaryDirectory().lz4(plain, "-B5 -BD --content-size")
    let index = LZ4Index(size: UInt64(packed.count))
    let checkpoints = MemoryCheckpoints()
    let first = try await openLZ4(packed, index: index, checkpoints: checkpoints)
    _ = try await first.bytes(at: 0, count: plain.count)
    let right = try #require(checkpoints.all.first { $0.output == 8 << 20 })
    let wrong = [
      Checkpoint(output: right.output, input: right.input, crc32: right.crc32 ^ 1, window: right.window),
      Checkpoint(output: right.output, input: right.input + 8, crc32: right.crc32, window: right.window),
      Checkpoint(output: right.output - 1, input: right.input, crc32: right.crc32, window: right.window),
      Checkpoint(output: right.output, input: .max, crc32: right.crc32, window: right.window),
      Checkpoint(output: right.output, input: right.input, crc32: right.crc32, window: [1, 2, 3]),
      Checkpoint(output: right.output, input: right.input, crc32: 0, window: []),
    ]
    for checkpoint in wrong {
      checkpoints.removeAll()
      checkpoints.keep(checkpoint)
      let file = try await openLZ4(packed, index: index, checkpoints: checkpoints)
      #expect(try await file.bytes(at: 9_000_000, count: 9) == Array(plain[9_000_000..<9_000_009]))
      #expect(!checkpoints.all.contains(checkpoint))
    }
  }
}
