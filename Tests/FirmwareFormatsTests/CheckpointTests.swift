import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

/// Checkpoints about 20 kB apart, decoders that keep 32 KiB.
private let close = DeflatedMember.Limits(
  cursors: 3, chunkSize: 4096, keptChunks: 8, inputSize: 1000, checkpointSpacing: 20_000)

@Suite(.timeLimit(.minutes(10)))
struct CheckpointTests {
  private static let made = Result {
    let plain = firmwareLike(700_001, seed: 21)
    return (plain: plain, deflated: try DeflateMaker.zlib6.deflated(plain))
  }

  private let plain: [UInt8]
  private let deflated: [UInt8]

  init() throws { (plain, deflated) = try Self.made.get() }

  private func content(
    _ source: any RandomReadable, of plain: [UInt8], crc32: UInt32? = nil
  ) -> DeflatedContent {
    DeflatedContent(
      name: "AP.tar.md5", compressed: source, size: UInt64(plain.count), crc32: crc32 ?? plain.crc32)
  }

  private func member(
    _ checkpoints: MemoryCheckpoints, limits: DeflatedMember.Limits = close, crc32: UInt32? = nil,
    observer: WatchingObserver? = nil
  ) -> DeflatedMember {
    DeflatedMember(
      content(MemoryFile(deflated), of: plain, crc32: crc32), limits: limits, checkpoints: checkpoints,
      observer: observer)
  }

  /// The checkpoints of one pass.
  private func pass(limits: DeflatedMember.Limits = close) async throws -> MemoryCheckpoints {
    let checkpoints = MemoryCheckpoints()
    #expect(try await member(checkpoints, limits: limits).bytes(at: 0, count: plain.count) == plain)
    return checkpoints
  }

  /// What a decoder gives that begins there, and takes no checkpoints itself.
  private func tail(
    from checkpoint: Checkpoint, of content: DeflatedContent, chunkSize: Int, inputSize: Int
  ) async throws -> [UInt8] {
    let limits = DeflatedMember.Limits(
      cursors: 1, chunkSize: chunkSize, keptChunks: 1, inputSize: inputSize, checkpointSpacing: 1 << 40)
    var inflater = SequentialInflater(
      of: content, limits: limits, from: checkpoint.output, checkpoints: MemoryCheckpoints([checkpoint]),
      proof: DecodedProof(size: content.size))
    var bytes: [UInt8] = []
    while checkpoint.output + UInt64(bytes.count) < content.size { bytes += try await inflater.nextChunk() }
    return bytes
  }

  /// Every one is resumed and the rest compared, its checksum among it; with chunks and input of odd sizes too.
  @Test(arguments: DeflateMaker.allCases)
  func everyMakersStreamsAreResumed(maker: DeflateMaker) async throws {
    let plain = firmwareLike(200_000, seed: 22)
    let content = content(MemoryFile(try maker.deflated(plain)), of: plain)
    for (chunkSize, inputSize) in [(4096, 1000), (131_072, 131_072), (977, 113)] {
      let limits = DeflatedMember.Limits(
        cursors: 1, chunkSize: chunkSize, keptChunks: 4, inputSize: inputSize, checkpointSpacing: 9000)
      let checkpoints = MemoryCheckpoints()
      let member = DeflatedMember(content, limits: limits, checkpoints: checkpoints)
      #expect(try await member.bytes(at: 0, count: plain.count) == plain)
      #expect(checkpoints.all.count >= (maker == .igzip0 || maker == .igzip3 ? 0 : 1))
      for checkpoint in checkpoints.all {
        #expect(checkpoint.crc32 == Array(plain[..<Int(checkpoint.output)]).crc32)
        let bytes = try await tail(from: checkpoint, of: content, chunkSize: chunkSize, inputSize: inputSize)
        #expect(bytes == Array(plain[Int(checkpoint.output)...]), "from \(checkpoint.output)")
      }
    }
  }

  /// Blocks of a single literal, and empty ones, at every bit of a byte.
  @Test func tinyBlocks() async throws {
    let plain = firmwareLike(600_000, seed: 23)
    let directory = TemporaryDirectory()
    try directory.write(plain, to: "plain")
    try directory.python(
      """
      import random, zlib
      random.seed(1)
      plain, out, at = open("plain", "rb").read(), b"", 0
      c = zlib.compressobj(6, zlib.DEFLATED, -15, 1)
      while at < len(plain):
        n = random.choice([1, 2, 10, 500, 3000])
        out += c.compress(plain[at:at + n]) + c.flush(random.choice([zlib.Z_NO_FLUSH, zlib.Z_PARTIAL_FLUSH, zlib.Z_BLOCK]))
        at += n
      open("deflated", "wb").write(out + c.flush())
      """)
    let content = content(MemoryFile(try directory.read("deflated")), of: plain)
    let limits = DeflatedMember.Limits(
      cursors: 1, chunkSize: 500, keptChunks: 4, inputSize: 100, checkpointSpacing: 400)
    let checkpoints = MemoryCheckpoints()
    let member = DeflatedMember(content, limits: limits, checkpoints: checkpoints)
    #expect(try await member.bytes(at: 0, count: plain.count) == plain)
    #expect(Set(checkpoints.all.map { $0.input % 8 }).count >= 3)
    for checkpoint in checkpoints.all {
      let bytes = try await tail(
        from: checkpoint, of: content, chunkSize: 10_007, inputSize: 1009)
      #expect(bytes == Array(plain[Int(checkpoint.output)...]), "from \(checkpoint.output)")
    }
  }

  @Test func aRandomReadDecodesOneSpan() async throws {
    let checkpoints = try await pass()
    let observer = WatchingObserver(plain)
    let member = member(checkpoints, observer: observer)
    var random = SplitMix(seed: 24)
    for _ in 0..<100 {
      member.releaseMemory()
      let before = observer.decodedBytes
      let offset = Int.random(in: 0..<plain.count - 5000, using: &random)
      #expect(try await member.bytes(at: UInt64(offset), count: 5000) == Array(plain[offset..<offset + 5000]))
      #expect(observer.decodedBytes - before < 140_000)
    }
    #expect(observer.wrong == 0)
  }

  /// Checkpoints farther apart than what is followed behind each: none is missed meanwhile.
  private static let apart = DeflatedMember.Limits(
    cursors: 3, chunkSize: 4096, keptChunks: 80, inputSize: 1000, checkpointSpacing: 100_000)

  @Test func aSecondPassTakesNone() async throws {
    let checkpoints = try await pass(limits: Self.apart)
    let before = checkpoints.all
    #expect(before.count > 3)
    let observer = WatchingObserver(plain)
    let member = member(checkpoints, limits: Self.apart, observer: observer)
    #expect(try await member.bytes(at: 0, count: plain.count) == plain)
    #expect(checkpoints.all == before)
    #expect(observer.decodedBytes == UInt64(plain.count))
    #expect(observer.verifications == 1)
    for (one, next) in zip(before, before.dropFirst()) { #expect(next.output - one.output >= 50_000) }
  }

  @Test func checkpointsComeJustBeforeBoundaries() async throws {
    let boundaries = stride(from: UInt64(150_000), to: 700_000, by: 150_000).map { $0 }
    let observer = WatchingObserver(plain, boundaries: boundaries)
    let checkpoints = MemoryCheckpoints()
    let limits = DeflatedMember.Limits(
      cursors: 1, chunkSize: 4096, keptChunks: 8, inputSize: 1000, checkpointSpacing: 140_000)
    _ = try await member(checkpoints, limits: limits, observer: observer).bytes(at: 0, count: plain.count)
    let starts = try blockStarts()
    for boundary in boundaries {
      let expected = starts.last { $0 <= boundary }
      #expect(checkpoints.position(atOrBefore: boundary) == expected, "before \(boundary)")
    }
  }

  /// Plain bytes before each block but the first.
  private func blockStarts() throws -> [UInt64] {
    var starts: [UInt64] = []
    var stream = InflateStream()
    var output = [UInt8](repeating: 0, count: 1000)
    while !stream.isFinished {
      var elements = output.mutableSpan
      var bytes = unsafe elements.mutableBytes
      let input = unsafe deflated.span.bytes.extracting(droppingFirst: Int(stream.consumed))
      _ = try stream.inflate(input, into: &bytes, stopping: true)
      guard stream.isAtBlockStart else { continue }
      starts.append(stream.produced)
      let window = plain[..<Int(stream.produced)].suffix(InflateStream.windowSize)
      unsafe stream.goOn(after: window.span.bytes)
    }
    return starts
  }

  /// Two readers go forward while others jump about: what the two decode they decode once.
  ///
  /// As in practice a cursor keeps more than lies between two checkpoints, so that a jump that takes a stream's cursor on
  /// to the next one leaves the stream what it wants.
  @Test func streamsAreNotThrownOut() async throws {
    let checkpoints = try await pass(limits: Self.apart)
    let observer = WatchingObserver(plain)
    let member = member(checkpoints, limits: Self.apart, observer: observer)
    var random = SplitMix(seed: 25)
    var streams = [0, 300_000]
    var jumps = 0
    while streams[1] < 690_000 {
      for index in streams.indices {
        let bytes = try await member.bytes(at: UInt64(streams[index]), count: 5000)
        #expect(bytes == Array(plain[streams[index]..<streams[index] + 5000]))
        streams[index] += 5000
      }
      guard streams[0] > 40_000 else { continue }
      for _ in 0..<3 {
        let before = observer.decodedBytes
        let offset = Int.random(in: 0..<plain.count - 100, using: &random)
        #expect(try await member.bytes(at: UInt64(offset), count: 100) == Array(plain[offset..<offset + 100]))
        jumps += Int(observer.decodedBytes - before)
      }
    }
    let streamed = Int(observer.decodedBytes) - jumps
    #expect(streamed < streams[0] + streams[1] - 300_000 + 100_000)
    #expect(observer.wrong == 0)
  }

  @Test func damagedCheckpointsCostTimeOnly() async throws {
    let checkpoints = try await pass()
    let good = checkpoints.all
    var random = SplitMix(seed: 26)
    for round in 0..<24 {
      let damaged = MemoryCheckpoints(good)
      damaged.change { Self.spoilt($0, round: round, using: &random) }
      let observer = WatchingObserver(plain)
      let member = member(damaged, observer: observer)
      let offset = Int.random(in: 50_000..<plain.count - 5000, using: &random)
      #expect(try await member.bytes(at: UInt64(offset), count: 5000) == Array(plain[offset..<offset + 5000]))
      #expect(observer.wrong == 0)
      #expect(damaged.removals > 0 || damaged.all.allSatisfy(\.window.isEmpty) == false)
    }
  }

  private static func spoilt(_ checkpoint: Checkpoint, round: Int, using random: inout SplitMix) -> Checkpoint
  {
    var (input, crc32, window) = (checkpoint.input, checkpoint.crc32, checkpoint.window)
    switch round % 6 {
    case 0: window[Int.random(in: window.indices, using: &random)] ^= 1 << UInt8(round % 8)
    case 1: window.removeLast(Int.random(in: 1...window.count, using: &random))
    case 2: window = random.bytes(window.count)
    case 3: input ^= 1 << UInt64.random(in: 0..<64, using: &random)
    case 4: crc32 ^= 1
    default: window += [0]
    }
    return Checkpoint(output: checkpoint.output, input: input, crc32: crc32, window: window)
  }

  /// Sealed as it should be, but wrong: as a program with a fault might leave it, or somebody who means harm.
  @Test func wellSealedNonsenseIsRemoved() async throws {
    let checkpoints = try await pass()
    let content = content(MemoryFile(deflated), of: plain)
    var random = SplitMix(seed: 27)
    for round in 0..<12 {
      let wrong = MemoryCheckpoints(checkpoints.all)
      let chosen = try #require(checkpoints.all.randomElement(using: &random))
      let input = round % 3 == 0 ? chosen.input + UInt64.random(in: 1...64, using: &random) : chosen.input
      let crc32 = round % 3 == 1 ? chosen.crc32 ^ 1 : chosen.crc32
      let window = round % 3 == 2 ? random.bytes(17) : [UInt8](repeating: 0, count: 32_768)
      let made = try #require(
        PackedWindow.checkpoint(
          of: content, output: chosen.output, input: input, crc32: crc32, window: window))
      wrong.change { $0.output == chosen.output ? made : $0 }
      let member = member(wrong)
      _ = try? await member.bytes(at: chosen.output, count: plain.count - Int(chosen.output))
      let last = Array(plain[(plain.count - 10)...])
      #expect(try await member.bytes(at: UInt64(plain.count - 10), count: 10) == last)
    }
  }

  @Test func aStoreThatLosesThemAll() async throws {
    let checkpoints = try await pass()
    let member = member(checkpoints)
    _ = try await member.bytes(at: 400_000, count: 1)
    checkpoints.close()
    checkpoints.removeAll()
    #expect(try await member.bytes(at: 200_000, count: 1) == [plain[200_000]])
  }

  @Test func contentThatIsDamagedItselfIsSaidToBe() async throws {
    let checkpoints = try await pass()
    let member = member(checkpoints, crc32: plain.crc32 ^ 1)
    for _ in 0..<3 {
      let failure = await #expect(throws: Failure.self) {
        try await member.bytes(at: UInt64(plain.count - 1), count: 1)
      }
      #expect(failure?.code == .damaged)
    }
    #expect(try await member.bytes(at: 600_000, count: 10) == Array(plain[600_000..<600_010]))
  }

  @Test func randomReadsInManyTasks() async throws {
    let (checkpoints, plain) = (MemoryCheckpoints(), plain)
    let observer = WatchingObserver(plain)
    let member = member(checkpoints, observer: observer)
    try await readAtRandom(member, expecting: plain)
    #expect(observer.wrong == 0)
    #expect(checkpoints.removals == 0)
  }

  /// One block of nothing but zeros, far longer than the spacing.
  @Test func blocksLongerThanTheSpacing() async throws {
    let plain = [UInt8](repeating: 0, count: 3_000_000) + firmwareLike(100_000, seed: 28)
    let content = content(MemoryFile(try DeflateMaker.zlib9.deflated(plain)), of: plain)
    let checkpoints = MemoryCheckpoints()
    let member = DeflatedMember(content, limits: close, checkpoints: checkpoints)
    #expect(try await member.bytes(at: 0, count: plain.count) == plain)
    #expect(try #require(checkpoints.all.first).output > 1_000_000)
    member.releaseMemory()
    #expect(try await member.bytes(at: 3_090_000, count: 10_000) == Array(plain[3_090_000...]))
  }
}
