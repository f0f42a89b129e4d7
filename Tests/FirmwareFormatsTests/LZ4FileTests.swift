import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

@Suite(.serialized, .timeLimit(.minutes(10)))
struct LZ4FileTests {
  private static let plain = longFirmwareLike(9_300_001, seed: 21)
  private let plain: [UInt8] = Self.plain

  private static let options = [
    "-B4", "-B5", "-B6", "-B7", "-B4 -BD", "-B5 -BD", "-B6 -BD -BX", "-B7 -BD", "-B4 -BX",
    "-B4 --content-size", "-B6 --content-size -BX", "-B7 --content-size", "-B5 -BD --content-size",
    "-B4 -BD --content-size --no-frame-crc", "-B6 --no-frame-crc", "-l", "-B4 -9 -BD",
  ]

  /// Several blocks of whatever size.
  private func content(for options: String) -> [UInt8] {
    options.contains("-B7") || options.contains("-l") ? plain : Array(plain.prefix(2_300_001))
  }

  /// Random reads in several tasks, with a cache that holds all and one that holds little.
  @Test(arguments: options)
  func everyKindAtRandom(options: String) async throws {
    let plain = content(for: options)
    let packed = try TemporaryDirectory().lz4(plain, options)
    for (memory, passesBytes) in [(64 << 20, false), (1 << 20, true)] {
      let file = try await openLZ4(
        packed, passesBytes: passesBytes, memory: memory, checkpoints: MemoryCheckpoints())
      #expect(file.size == UInt64(plain.count))
      try await withThrowingTaskGroup { group in
        for seed in UInt64(0)..<4 {
          group.addTask {
            var random = SplitMix(seed: seed)
            for _ in 0..<8 {
              let start = Int.random(in: 0..<plain.count, using: &random)
              let count = min(Int.random(in: 1...300_000, using: &random), plain.count - start)
              let bytes = try await file.bytes(at: UInt64(start), count: count)
              #expect(bytes == Array(plain[start..<start + count]), "\(count) at \(start)")
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await file.bytes(at: 0, count: plain.count) == plain)
    }
  }

  @Test func filesWhosePackedBytesDoNotComeHoldUpNoOther() async throws {
    let packed = try TemporaryDirectory().lz4(plain, "-B7")
    let blocks = LZ4BlockCache(memory: 64 << 20)
    let gates = (0..<8).map { _ in GatedFile(packed) }
    let stuck = gates.map { gate in
      Task {
        let file = try await LZ4File.open(
          name: "stuck.lz4", packed: gate, index: LZ4Index(scanned(packed)), passesBytes: false,
          blocks: blocks,
          checkpoints: nil)
        return try await file.bytes(at: 5_000_000, count: 100)
      }
    }
    #expect(await eventually { gates.allSatisfy { $0.waiting == 1 } })
    let file = try await openLZ4(packed, blocks: blocks)
    #expect(try await file.bytes(at: 0, count: plain.count) == plain)
    for gate in gates { gate.open() }
    for task in stuck { #expect(try await task.value == Array(plain[5_000_000..<5_000_100])) }
  }

  @Test(arguments: options)
  func oneDecodeABlockFromBeginningToEnd(options: String) async throws {
    let plain = content(for: options)
    let packed = try TemporaryDirectory().lz4(plain, options)
    let index = LZ4Index(size: UInt64(packed.count))
    let file = try await openLZ4(packed, index: index)
    #expect(try await file.bytes(at: 0, count: plain.count) == plain)
    let scanner = scanned(packed)
    #expect(scanner.ending == .complete)
    #expect(file.decodedCount <= scanner.table.words.count + (options == "-l" ? 1 : 0))
  }

  @Test func nothingButTheHeaderIsNeededForTheSize() async throws {
    let noise = SplitMixBytes.make(9 << 20)
    let packed = try TemporaryDirectory().lz4(noise, "-B6 --content-size")
    let source = WatchedFile(packed)
    let file = try await LZ4File.open(
      name: "x", packed: source, index: LZ4Index(size: UInt64(packed.count)), passesBytes: true,
      blocks: LZ4BlockCache(memory: 8 << 20), checkpoints: nil)
    #expect(file.size == UInt64(noise.count))
    #expect(source.bytesRead < 20)
    #expect(try await file.bytes(at: 0, count: 10) == Array(noise[..<10]))
    // One block, which is read once to have it near and once to decode it.
    #expect(source.bytesRead < 2_200_000)
  }

  @Test func emptyContent() async throws {
    for options in ["", "-l", "--content-size"] {
      let file = try await openLZ4(TemporaryDirectory().lz4([], options))
      #expect(file.size == 0)
      #expect(try await file.bytes(at: 0, count: 0) == [])
    }
    #expect(try await openLZ4(skippableFrame([1, 2, 3])).size == 0)
  }

  @Test func framesInARow() async throws {
    let workspace = TemporaryDirectory()
    let parts = (0..<4).map { firmwareLike(150_000 + 7 * $0, seed: UInt64($0)) }
    let first = try workspace.lz4(parts[0], "-B4 --content-size")
    let second = try workspace.lz4(parts[1], "-B4 -BD -BX")
    let third = try workspace.lz4(parts[2], "-l")
    let fourth = try workspace.lz4(parts[3], "-B4")
    let empty = try workspace.lz4([], "")
    let all =
      skippableFrame([9]) + first + empty + second + third + skippableFrame([], number: 15) + third + fourth
    let plain = parts[0] + parts[1] + parts[2] + parts[2] + parts[3]
    let file = try await openLZ4(all)
    #expect(file.size == UInt64(plain.count))
    #expect(try await file.bytes(at: 0, count: plain.count) == plain)
    var random = SplitMix(seed: 5)
    for _ in 0..<100 {
      let start = Int.random(in: 0..<plain.count, using: &random)
      let count = Int.random(in: 1...min(plain.count - start, 200_000), using: &random)
      #expect(
        try await file.bytes(at: UInt64(start), count: count) == Array(plain[start..<start + count]))
    }
  }

  /// A long file trusts its first frame until the walk finds the second.
  @Test func aSecondFrameFarBehind() async throws {
    let workspace = TemporaryDirectory()
    let noise = SplitMixBytes.make(9 << 20)
    let packed = try workspace.lz4(noise, "--content-size") + workspace.lz4(plain, "--content-size")
    let index = LZ4Index(size: UInt64(packed.count))
    let file = try await openLZ4(packed, index: index)
    #expect(file.size == UInt64(noise.count))
    let before = index.changes
    index.feed(unsafe packed.span.bytes, at: 0)
    #expect(index.changes > before)
    #expect(file.size == UInt64(noise.count + plain.count))
    #expect(
      try await file.bytes(at: UInt64(noise.count + 5), count: 100_000) == Array(plain[5..<100_005]))
  }

  @Test(arguments: [(UInt64(0), 9_300_002), (9_300_001, 1), (.max, 2)])
  func aReadOutsideIsInvalid(offset: UInt64, count: Int) async throws {
    let file = try await openLZ4(TemporaryDirectory().lz4(plain, "-B7 --content-size"))
    let failure = await #expect(throws: Failure.self) { try await file.bytes(at: offset, count: count) }
    #expect(failure?.code == .invalid)
  }

  /// However many want a block at once, it is decoded once.
  @Test func oneDecodeForManyReaders() async throws {
    let file = try await openLZ4(TemporaryDirectory().lz4(plain, "-B7 --content-size"))
    let decoded = file.decodedCount
    let plain = plain
    try await withThrowingTaskGroup { group in
      for reader in 0..<16 {
        group.addTask {
          let start = 100 * reader
          let bytes = try await file.bytes(at: UInt64(start), count: 100)
          #expect(bytes == Array(plain[start..<start + 100]))
        }
      }
      try await group.waitForAll()
    }
    #expect(file.decodedCount == decoded + 1)
  }

  @Test func aCancelledReadLeavesTheBlockToOthers() async throws {
    let packed = try TemporaryDirectory().lz4(plain, "-B7 --content-size")
    let index = LZ4Index(scanned(packed))
    let source = GatedFile(packed)
    let file = try await LZ4File.open(
      name: "x", packed: source, index: index, passesBytes: false, blocks: LZ4BlockCache(memory: 8 << 20),
      checkpoints: nil)
    let first = Task { try await file.bytes(at: 0, count: 1) }
    let second = Task { try await file.bytes(at: 1, count: 1) }
    #expect(await eventually { source.waiting == 1 && file.flights.waiting == 2 })
    first.cancel()
    let failed = await first.result
    #expect(throws: Failure(.interrupted, "The wait was interrupted.")) { try failed.get() }
    source.open()
    #expect(try await second.value == [plain[1]])
    #expect(file.decodedCount == 1)
  }

  /// What the source throws is thrown on, and the next read goes on.
  @Test func aFailingSource() async throws {
    let packed = try TemporaryDirectory().lz4(plain, "-B6 --content-size")
    let source = WatchedFile(packed)
    let file = try await LZ4File.open(
      name: "x", packed: source, index: LZ4Index(size: source.size), passesBytes: false,
      blocks: LZ4BlockCache(memory: 8 << 20), checkpoints: nil)
    let failure = Failure(.network, "The network is down.")
    source.failOnce(failure)
    await #expect(throws: failure) { try await file.bytes(at: 5_000_000, count: 1) }
    #expect(try await file.bytes(at: 5_000_000, count: 1) == [plain[5_000_000]])
  }

  @Test func theCacheStaysWithinItsBudget() async throws {
    let workspace = TemporaryDirectory()
    let blocks = LZ4BlockCache(memory: 700_000)
    let files = [
      try await openLZ4(workspace.lz4(plain, "-B4 --content-size"), blocks: blocks),
      try await openLZ4(workspace.lz4(plain, "-B5 --content-size"), blocks: blocks),
    ]
    var random = SplitMix(seed: 3)
    for _ in 0..<300 {
      let start = Int.random(in: 0..<plain.count - 1000, using: &random)
      let file = files[Int.random(in: 0...1, using: &random)]
      #expect(try await file.bytes(at: UInt64(start), count: 1000) == Array(plain[start..<start + 1000]))
      #expect(blocks.memoryInUse <= 700_000)
    }
    #expect(blocks.memoryInUse > 300_000)
    let decoded = files[0].decodedCount
    for _ in 0..<5 { _ = try await files[0].bytes(at: 0, count: 1) }
    #expect(files[0].decodedCount <= decoded + 1)
  }

  @Test func aClosedFileLeavesTheCache() async throws {
    let blocks = LZ4BlockCache(memory: 64 << 20)
    do {
      let file = try await openLZ4(TemporaryDirectory().lz4(plain, "-B4"), blocks: blocks)
      _ = try await file.bytes(at: 0, count: 1)
      #expect(blocks.memoryInUse > 0)
    }
    #expect(await eventually { blocks.memoryInUse == 0 })
  }
}

/// A scanner that was fed all.
func scanned(_ packed: [UInt8]) -> LZ4Scanner {
  var scanner = LZ4Scanner(size: UInt64(packed.count))
  scanner.feed(unsafe packed.span.bytes, at: 0)
  return scanner
}

enum SplitMixBytes {
  /// Noise, which LZ4 stores as it is.
  static func make(_ count: Int) -> [UInt8] {
    var random = SplitMix(seed: 77)
    let noise = random.bytes(1 << 20)
    var bytes: [UInt8] = []
    while bytes.count < count {
      let start = Int.random(in: 0..<1 << 19, using: &random)
      // Stretches that are too far apart for LZ4 to find.
      bytes += noise[start..<start + (1 << 19)]
    }
    return Array(bytes.prefix(count))
  }
}

/// A readable that does not answer until it is opened.
final class GatedFile: RandomReadable {
  private let file: MemoryFile
  private let gate = AsyncSemaphore(permits: 0)

  init(_ bytes: [UInt8]) { file = MemoryFile(bytes) }

  var size: UInt64 { file.size }
  var waiting: Int { gate.waiting }

  func open() { gate.signal() }

  func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure) {
    try await gate.wait()
    gate.signal()
    try await file.read(into: &destination, at: offset)
  }
}
