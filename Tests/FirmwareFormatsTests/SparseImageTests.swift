import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

/// Compares random stretches of a readable with what they must be, in several tasks.
func expectEqual(_ readable: some RandomReadable, _ plain: [UInt8], reads: Int, seed: UInt64) async throws {
  #expect(readable.size == UInt64(plain.count))
  try await withThrowingTaskGroup(of: Bool.self) { group in
    for task in 0..<4 {
      group.addTask {
        var random = SplitMix(seed: seed &+ UInt64(task))
        for _ in 0..<reads {
          let start = Int.random(in: 0...plain.count, using: &random)
          let count = Int.random(in: 0...min(70_000, plain.count - start), using: &random)
          let bytes = try await readable.bytes(at: UInt64(start), count: count)
          guard bytes == Array(plain[start..<start + count]) else { return false }
        }
        return true
      }
    }
    for try await isEqual in group { #expect(isEqual) }
  }
}

@Suite(.timeLimit(.minutes(10)))
struct SparseImageTests {
  /// Holes, fills and noise, with a stretch of some blocks each.
  private static func image(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = SplitMix(seed: seed)
    var bytes: [UInt8] = []
    while bytes.count < count {
      let length = Int.random(in: 1...12, using: &random) * 4096
      switch Int.random(in: 0..<3, using: &random) {
      case 0: bytes += [UInt8](repeating: 0, count: length)
      case 1: bytes += repeatElement(random.bytes(4), count: length / 4).joined()
      default: bytes += random.bytes(length)
      }
    }
    return Array(bytes.prefix(count))
  }

  /// All kinds of chunks, several times, in random order.
  static func built(
    fileHeaderSize: Int = 28, chunkHeaderSize: Int = 12, blockSize: Int = 4096, chunks: Int = 40, seed: UInt64
  ) -> SparseBuilder {
    var random = SplitMix(seed: seed)
    var builder = SparseBuilder(
      fileHeaderSize: fileHeaderSize, chunkHeaderSize: chunkHeaderSize, blockSize: blockSize)
    for _ in 0..<chunks {
      let blocks = Int.random(in: 0...4, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0, 1: builder.raw(random.bytes(blocks * blockSize))
      case 2: builder.fill(random.bytes(4), blocks: blocks)
      case 3: builder.skip(blocks: blocks)
      default: builder.checksum()
      }
    }
    builder.raw(random.bytes(blockSize))
    return builder
  }

  @Test(arguments: [
    (1_000_000, 4096), (1_048_576, 4096), (999_999, 1024), (500_000, 65_536), (4096, 4096), (1, 4096),
  ])
  func madeByImg2simg(count: Int, blockSize: Int) async throws {
    let workspace = TemporaryDirectory()
    try workspace.write(Self.image(count, seed: UInt64(count)), to: "plain")
    try workspace.shell("img2simg plain sparse \(blockSize); simg2img sparse expanded")
    let expanded = try workspace.read("expanded")
    let image = try await SparseImage.open(name: "sparse", MemoryFile(try workspace.read("sparse")))
    try await expectEqual(image, expanded, reads: 60, seed: 1)
    #expect(try await image.bytes(at: 0, count: expanded.count) == expanded)
  }

  @Test(arguments: [(28, 12, 4096), (28, 12, 4), (32, 16, 512), (100, 12, 4096), (28, 9000, 1024)])
  func builtByHand(fileHeaderSize: Int, chunkHeaderSize: Int, blockSize: Int) async throws {
    for seed in 0..<3 as Range<UInt64> {
      let builder = Self.built(
        fileHeaderSize: fileHeaderSize, chunkHeaderSize: chunkHeaderSize, blockSize: blockSize, seed: seed)
      let image = try await SparseImage.open(name: "built", MemoryFile(builder.file))
      try await expectEqual(image, builder.plain, reads: 40, seed: seed)
      #expect(try await image.bytes(at: 0, count: builder.plain.count) == builder.plain)
    }
  }

  @Test func sameAsSimg2img() async throws {
    let workspace = TemporaryDirectory()
    var builder = SparseBuilder(fileHeaderSize: 40, chunkHeaderSize: 20)
    builder.raw(firmwareLike(8192, seed: 7))
    builder.fill([1, 2, 3, 4], blocks: 3)
    builder.skip(blocks: 2)
    builder.fill([0, 0, 0, 0], blocks: 1)
    builder.raw(firmwareLike(4096, seed: 8))
    try workspace.write(builder.file, to: "sparse")
    try workspace.shell("simg2img sparse expanded")
    #expect(try workspace.read("expanded") == builder.plain)
  }

  @Test func noBlocks() async throws {
    let image = try await SparseImage.open(name: "empty", MemoryFile(SparseBuilder().file))
    #expect(image.size == 0)
    #expect(try await image.bytes(at: 0, count: 0).isEmpty)
  }

  @Test func onlyTheChunksBeforeAReadAreWalked() async throws {
    var builder = SparseBuilder()
    for index in 0..<20 { builder.raw([UInt8](repeating: UInt8(index), count: 40_960)) }
    let file = WatchedFile(builder.file)
    let image = try await SparseImage.open(name: "sparse", file)
    #expect(image.knownChunks == 0)
    #expect(try await image.bytes(at: 40_960 * 5 + 7, count: 2) == [5, 5])
    #expect(image.knownChunks == 6)
    #expect(file.bytesRead == 28 + 6 * 4096 + 2)
    #expect(try await image.bytes(at: 40_960 * 3 - 1, count: 2) == [2, 3])
    #expect(file.bytesRead == 28 + 6 * 4096 + 4)
  }

  @Test func fillsReadNothing() async throws {
    var builder = SparseBuilder(blockSize: 256)
    for _ in 0..<2000 {
      builder.fill([9, 8, 7, 6], blocks: 1)
      builder.skip(blocks: 1)
    }
    let file = WatchedFile(builder.file)
    let image = try await SparseImage.open(name: "sparse", file)
    #expect(try await image.bytes(at: image.size - 1, count: 1) == [0])
    #expect(image.knownChunks == 4000)
    let walked = file.bytesRead
    #expect(walked <= UInt64(builder.file.count) * 2)
    try await expectEqual(image, builder.plain, reads: 100, seed: 3)
    #expect(file.bytesRead == walked)
  }

  @Test func terabytesOfZeros() async throws {
    var builder = SparseBuilder(blockSize: 64 << 20)
    builder.claimedBlocks = .max
    builder.chunk(type: 0xCAC3, blocks: Int(UInt32.max), data: [])
    let image = try await SparseImage.open(name: "large", MemoryFile(builder.file))
    #expect(image.size == UInt64(UInt32.max) << 26)
    #expect(try await image.bytes(at: image.size - 5, count: 5) == [0, 0, 0, 0, 0])
  }

  @Test func aWalkThatFailsGoesOnLater() async throws {
    let builder = Self.built(seed: 11)
    let file = WatchedFile(builder.file)
    let image = try await SparseImage.open(name: "sparse", file)
    _ = try await image.bytes(at: 0, count: builder.plain.count / 2)
    let known = image.knownChunks
    file.failOnce(Failure(.network, "The network failed."))
    let failure = await #expect(throws: Failure.self) { try await image.bytes(at: image.size - 1, count: 1) }
    #expect(failure?.code == .network)
    #expect(image.knownChunks == known)
    try await expectEqual(image, builder.plain, reads: 20, seed: 4)
  }

  @Test func aCancelledWalkKeepsWhatItFound() async throws {
    var builder = SparseBuilder()
    for index in 0..<10 { builder.raw([UInt8](repeating: UInt8(index), count: 8192)) }
    let file = HalfSilentFile(builder.file, end: UInt64(builder.chunkOffsets[6]))
    let image = try await SparseImage.open(name: "sparse", file)
    let far = Task { try await image.bytes(at: 8192 * 9, count: 1) }
    #expect(await eventually { file.waiting == 1 })
    #expect(image.knownChunks == 6)
    // One that waits for its turn ends as well.
    let second = Task { try await image.bytes(at: 8192 * 8, count: 1) }
    second.cancel()
    #expect(await second.result.failureCode == .interrupted)
    far.cancel()
    #expect(await far.result.failureCode == .interrupted)
    #expect(image.knownChunks == 6)
    #expect(try await image.bytes(at: 8192 * 5, count: 1) == [5])
  }

  @Test func whatIsKnownServesLater() async throws {
    for seed in 20..<25 as Range<UInt64> {
      let builder = Self.built(blockSize: 512, seed: seed)
      let first = try await SparseImage.open(name: "sparse", MemoryFile(builder.file))
      for part in [0, builder.plain.count / 3, builder.plain.count] {
        _ = try await first.bytes(at: 0, count: part)
        let file = WatchedFile(builder.file)
        let later = try await SparseImage.open(name: "sparse", file, known: first.serialized)
        #expect(later.knownChunks == first.knownChunks)
        #expect(later.serialized == first.serialized)
        #expect(try await later.bytes(at: 0, count: builder.plain.count) == builder.plain)
      }
      #expect(first.serialized.count < 64 + 8 * 61)
    }
  }

  @Test func whatIsKnownOfAnotherFileIsLeftAlone() async throws {
    let builder = Self.built(seed: 31)
    let image = try await SparseImage.open(name: "sparse", MemoryFile(builder.file))
    _ = try await image.bytes(at: image.size - 1, count: 1)
    let known = image.serialized
    let longer = try await SparseImage.open(name: "sparse", MemoryFile(builder.file + [0]), known: known)
    #expect(longer.knownChunks == 0)
    for count in 0..<known.count {
      let cut = try await SparseImage.open(name: "c", MemoryFile(builder.file), known: Array(known[..<count]))
      #expect(cut.knownChunks == 0)
    }
  }

  @Test func severalReadersOfOneWalk() async throws {
    let builder = Self.built(blockSize: 256, chunks: 2000, seed: 41)
    let image = try await SparseImage.open(name: "sparse", WatchedFile(builder.file))
    try await expectEqual(image, builder.plain, reads: 100, seed: 5)
  }
}

extension Result where Failure == any Error {
  fileprivate var failureCode: Primitives.Failure.Code? {
    if case .failure(let error) = self { (error as? Primitives.Failure)?.code } else { nil }
  }
}

/// A readable that answers only up to an offset.
private final class HalfSilentFile: RandomReadable {
  private let file: MemoryFile
  private let silent: SilentFile
  private let end: UInt64

  init(_ bytes: [UInt8], end: UInt64) {
    file = MemoryFile(bytes)
    silent = SilentFile(size: file.size)
    self.end = end
  }

  var size: UInt64 { file.size }
  var waiting: Int { silent.waiting }

  func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure) {
    if offset < end {
      try await file.read(into: &destination, at: offset)
    } else {
      try await silent.read(into: &destination, at: offset)
    }
  }
}
