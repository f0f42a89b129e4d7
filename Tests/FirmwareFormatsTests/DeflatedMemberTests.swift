import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

/// 2 cursors that keep 8 chunks of 4 KiB each, so that little content meets every edge.
private let small = DeflatedMember.Limits(cursors: 2, chunkSize: 4096, keptChunks: 8, inputSize: 1000)

/// Where members are decoded ahead of their readers.
private let pool = WorkerPool(threads: 4, name: "ahead")

@Suite(.timeLimit(.minutes(10)))
struct DeflatedMemberTests {
  private static let content = Result {
    let plain = firmwareLike(700_001, seed: 11)
    return (plain: plain, deflated: try TemporaryDirectory().deflated(plain))
  }

  private let plain: [UInt8]
  private let deflated: [UInt8]

  init() throws { (plain, deflated) = try Self.content.get() }

  private func member(
    _ source: any RandomReadable, size: UInt64? = nil, crc32: UInt32? = nil,
    limits: DeflatedMember.Limits = small, budget: DecoderBudget? = nil
  ) -> DeflatedMember {
    DeflatedMember(
      DeflatedContent(
        name: "AP.tar.md5", compressed: source, size: size ?? UInt64(plain.count),
        crc32: crc32 ?? checksum(plain)),
      limits: limits, budget: budget)
  }

  @Test(arguments: [small, .standard, .init(cursors: 1, chunkSize: 101, keptChunks: 1, inputSize: 1)])
  func fromBeginningToEnd(limits: DeflatedMember.Limits) async throws {
    let member = member(MemoryFile(deflated), limits: limits)
    #expect(member.size == UInt64(plain.count))
    #expect(try await member.bytes(at: 0, count: plain.count) == plain)
  }

  @Test(arguments: [(UInt64(0), 700_002), (700_001, 1), (700_002, 0), (.max, 2)])
  func aReadOutsideIsInvalid(offset: UInt64, count: Int) async throws {
    let member = member(MemoryFile(deflated))
    let failure = await #expect(throws: Failure.self) { try await member.bytes(at: offset, count: count) }
    #expect(failure?.code == .invalid)
  }

  @Test func nothingIsReadForNoBytes() async throws {
    let source = WatchedFile(deflated)
    #expect(try await member(source).bytes(at: 700_001, count: 0) == [])
    #expect(source.bytesRead == 0)
  }

  @Test(arguments: [small, .standard])
  func randomReadsInManyTasks(limits: DeflatedMember.Limits) async throws {
    let member = member(WatchedFile(deflated), limits: limits)
    try await readAtRandom(member, expecting: plain)
  }

  @Test func aStreamReadsTheSourceOnce() async throws {
    let source = WatchedFile(deflated)
    let member = member(source)
    for start in stride(from: 0, to: plain.count, by: 10_000) {
      let end = min(start + 10_000, plain.count)
      #expect(try await member.bytes(at: UInt64(start), count: end - start) == Array(plain[start..<end]))
    }
    #expect(source.bytesRead == UInt64(deflated.count))
  }

  /// Requests in blocks of four, each block backwards and all at once, as read-ahead may send them.
  @Test func requestsOutOfOrderStayWithTheirCursor() async throws {
    let source = WatchedFile(deflated)
    let member = member(source)
    let plain = plain
    for block in stride(from: 0, to: plain.count, by: 16_384) {
      try await withThrowingTaskGroup { group in
        for start in stride(from: block, to: min(block + 16_384, plain.count), by: 4096).reversed() {
          group.addTask {
            let end = min(start + 4096, plain.count)
            let bytes = try await member.bytes(at: UInt64(start), count: end - start)
            #expect(bytes == Array(plain[start..<end]))
          }
        }
        try await group.waitForAll()
      }
    }
    #expect(source.bytesRead == UInt64(deflated.count))
  }

  /// Two readers far apart: each makes one pass over the source.
  @Test func twoStreamsDoNotFight() async throws {
    let source = WatchedFile(deflated)
    let member = member(source)
    let lead = 200_000
    _ = try await member.bytes(at: 0, count: lead)
    for position in stride(from: 0, to: plain.count - lead - 5000, by: 5000) {
      for start in [position + lead, position] {
        #expect(try await member.bytes(at: UInt64(start), count: 5000) == Array(plain[start..<start + 5000]))
      }
    }
    #expect(source.bytesRead <= 2 * UInt64(deflated.count))
  }

  @Test func memoryIsGivenUpAndTakenAgain() async throws {
    let source = WatchedFile(deflated)
    let member = member(source)
    #expect(try await member.bytes(at: 0, count: plain.count) == plain)
    member.releaseMemory()
    #expect(try await member.bytes(at: 690_000, count: 10_001) == Array(plain[690_000...]))
    #expect(source.bytesRead == 2 * UInt64(deflated.count))
  }

  @Test func theStandardLimitIsWhatItSays() {
    let limits = DeflatedMember.Limits.standard
    #expect((17_000_000..<18_500_000).contains(limits.cursors * limits.memoryOfEach))
  }

  /// Members that many read keep no more together than they may, and each still gives its bytes.
  @Test func membersShareTheirMemory() async throws {
    let each = small.memoryOfEach
    let budget = DecoderBudget(limit: 5 * each)
    let members = (0..<8).map { _ in member(MemoryFile(deflated), budget: budget) }
    for offset in [0, 500_000, 100_000, 690_000, 3] {
      for member in members {
        #expect(try await member.bytes(at: UInt64(offset), count: 5) == Array(plain[offset..<offset + 5]))
        #expect(members.reduce(0) { $0 + $1.decoderMemory } <= 5 * each)
      }
    }
  }

  /// Readers in a row and at random, with and without checkpoints, while others are decoded ahead of them.
  @Test(arguments: [nil, 20_000] as [UInt64?])
  func readersAreRunAheadOf(spacing: UInt64?) async throws {
    let limits = DeflatedMember.Limits(
      cursors: 4, chunkSize: 4096, keptChunks: 8, inputSize: 1000, checkpointSpacing: spacing ?? 1 << 40)
    let budget = DecoderBudget(limit: 4 * limits.memoryOfEach, executor: pool)
    let observer = WatchingObserver(plain)
    let checkpoints = MemoryCheckpoints()
    let member = DeflatedMember(
      DeflatedContent(
        name: "AP.tar.md5", compressed: MemoryFile(deflated), size: UInt64(plain.count),
        crc32: checksum(plain)),
      limits: limits, checkpoints: checkpoints, observer: observer, budget: budget)
    let half = plain.count / 2
    for pass in 0..<2 {
      let before = observer.decodedBytes
      for start in stride(from: 0, to: half, by: 10_000) {
        #expect(
          try await member.bytes(at: UInt64(start), count: 10_000) == Array(plain[start..<start + 10_000]))
      }
      #expect(
        await eventually(within: .seconds(100)) { observer.decodedBytes - before > UInt64(half + 20_000) })
      #expect(try await member.bytes(at: 0, count: plain.count) == plain)
      if pass == 0 { member.releaseMemory() }
    }
    try await readAtRandom(member, expecting: plain)
    try await withThrowingTaskGroup { group in
      for lead in [0, 1, 250_000] {
        group.addTask {
          for start in stride(from: lead, to: plain.count - 7000, by: 7000) {
            let bytes = try await member.bytes(at: UInt64(start), count: 7000)
            #expect(bytes == Array(plain[start..<start + 7000]))
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(observer.wrong == 0)
    #expect(checkpoints.removals == 0)
  }

  /// What fails while nobody waits for it is met by whoever reads there, and only then.
  @Test func damageAheadOfAReaderIsHisWhenHeGetsThere() async throws {
    let limits = DeflatedMember.Limits(cursors: 4, chunkSize: 4096, keptChunks: 8, inputSize: 1000)
    let budget = DecoderBudget(limit: 4 * limits.memoryOfEach, executor: pool)
    let member = member(MemoryFile(Array(deflated.dropLast(2000))), limits: limits, budget: budget)
    for start in stride(from: 0, to: 680_000, by: 10_000) {
      #expect(
        try await member.bytes(at: UInt64(start), count: 10_000) == Array(plain[start..<start + 10_000]))
    }
    let failure = await #expect(throws: Failure.self) { try await member.bytes(at: 700_000, count: 1) }
    #expect(failure?.code == .damaged)
  }

  @Test func aSourceThatFailsOnceIsGoneOnWith() async throws {
    let source = WatchedFile(deflated)
    let member = member(source)
    _ = try await member.bytes(at: 0, count: 100_000)
    let before = source.bytesRead
    source.failOnce(Failure(.network, "The line is cut."))
    await #expect(throws: Failure(.network, "The line is cut.")) {
      try await member.bytes(at: 200_000, count: 1)
    }
    #expect(try await member.bytes(at: 200_000, count: 1) == [plain[200_000]])
    #expect(source.bytesRead < before + UInt64(deflated.count) / 2)
  }

  @Test func aSourceThatIsDamagedOnceIsGoneOnWith() async throws {
    let source = WatchedFile(deflated)
    let member = member(source)
    source.failOnce(Failure(.damaged, "A block is bad."))
    await #expect(throws: Failure(.damaged, "A block is bad.")) { try await member.bytes(at: 5, count: 1) }
    #expect(try await member.bytes(at: 5, count: 1) == [plain[5]])
  }

  @Test func aWrongChecksumIsNoticedBeforeTheLastBytesAreGiven() async throws {
    let source = WatchedFile(deflated)
    let member = member(source, crc32: checksum(plain) ^ 1)
    let last = UInt64(plain.count - 1)
    let lastChunk = last / 4096 * 4096
    #expect(try await member.bytes(at: lastChunk - 1, count: 1) == [plain[Int(lastChunk) - 1]])
    for _ in 0..<3 {
      let failure = await #expect(throws: Failure.self) { try await member.bytes(at: last, count: 1) }
      #expect(failure?.code == .damaged)
      #expect(failure?.cause.contains("AP.tar.md5") == true)
    }
    #expect(source.bytesRead == UInt64(deflated.count))
  }

  @Test(arguments: [-1, 1])
  func aSizeThatIsNotTheStreams(difference: Int) async throws {
    let member = member(MemoryFile(deflated), size: UInt64(plain.count + difference))
    let failure = await #expect(throws: Failure.self) {
      try await member.bytes(at: UInt64(plain.count + difference - 1), count: 1)
    }
    #expect(failure?.code == .damaged)
    #expect(try await member.bytes(at: 0, count: 600_000) == Array(plain[..<600_000]))
  }

  @Test func compressedBytesThatEndEarly() async throws {
    let member = member(MemoryFile(Array(deflated.dropLast(2000))))
    let failure = await #expect(throws: Failure.self) { try await member.bytes(at: 700_000, count: 1) }
    #expect(failure?.code == .damaged)
    #expect(try await member.bytes(at: 0, count: 600_000) == Array(plain[..<600_000]))
  }

  /// The last block is not marked as the last: all bytes are there, but the stream has no end.
  @Test func aStreamWithoutEnd() async throws {
    let open: [UInt8] = [0x00, 3, 0, 0xFC, 0xFF] + Array("abc".utf8)
    let closed: [UInt8] = [0x01] + open.dropFirst()
    let sum = checksum(Array("abc".utf8))
    #expect(
      try await member(MemoryFile(closed), size: 3, crc32: sum).bytes(at: 0, count: 3) == Array("abc".utf8))
    let failure = await #expect(throws: Failure.self) {
      try await member(MemoryFile(open), size: 3, crc32: sum).bytes(at: 0, count: 3)
    }
    #expect(failure?.code == .damaged)
  }

  /// Empty blocks for ever after the content: decoding ends with the input.
  @Test func emptyBlocksAfterTheContent() async throws {
    let empty: [UInt8] = [0x00, 0, 0, 0xFF, 0xFF]
    let blocks = [[UInt8]](repeating: empty, count: 10_000)
    let stream: [UInt8] = [0x00, 1, 0, 0xFE, 0xFF, 0x41] + blocks.joined()
    let failure = await #expect(throws: Failure.self) {
      try await member(MemoryFile(stream), size: 1, crc32: checksum([0x41])).bytes(at: 0, count: 1)
    }
    #expect(failure?.code == .damaged)
  }

  @Test func noCompressedBytesAtAll() async throws {
    let failure = await #expect(throws: Failure.self) {
      try await member(MemoryFile([]), size: 1 << 40).bytes(at: 1 << 39, count: 1)
    }
    #expect(failure?.code == .damaged)
  }

  /// More waiting reads than cursors, at offsets that no cursor serves for another: each gets its turn.
  @Test func moreReadersThanCursors() async throws {
    let member = member(WatchedFile(deflated))
    let plain = plain
    _ = try await member.bytes(at: UInt64(plain.count - 1), count: 1)
    try await withThrowingTaskGroup { group in
      for reader in 0..<12 {
        group.addTask {
          for start in stride(from: reader * 50_000, to: 0, by: -40_000) {
            let bytes = try await member.bytes(at: UInt64(start), count: 100)
            #expect(bytes == Array(plain[start..<start + 100]))
          }
        }
      }
      try await group.waitForAll()
    }
  }
}

@Suite(.timeLimit(.minutes(10)))
struct DeflatedMemberCancellationTests {
  private func member(_ source: any RandomReadable) -> DeflatedMember {
    DeflatedMember(DeflatedContent(name: "x", compressed: source, size: 1 << 20, crc32: 0), limits: small)
  }

  /// One read waits for the source, one wants the same cursor; each ends when it is cancelled, and by itself.
  @Test func waitingReadsEndWhenCancelled() async throws {
    let source = SilentFile(size: 1 << 20)
    let member = member(source)
    let first = Task { try await member.bytes(at: 0, count: 1) }
    #expect(await eventually { source.waiting == 1 })
    let second = Task { try await member.bytes(at: 100, count: 1) }
    second.cancel()
    let secondResult = await second.result
    #expect(throws: Failure.self) { try secondResult.get() }
    #expect(source.waiting == 1)
    first.cancel()
    let firstResult = await first.result
    #expect(throws: Failure.self) { try firstResult.get() }
    #expect(source.waiting == 0)
  }

  @Test func aCancelledReadLeavesTheCursorToTheNext() async throws {
    let source = SilentFile(size: 1 << 20)
    let member = member(source)
    var random = SplitMix(seed: 12)
    for _ in 0..<20 {
      let reads = (0..<5).map { number in Task { try await member.bytes(at: UInt64(number) * 100, count: 1) }
      }
      #expect(await eventually { source.waiting == 1 })
      for read in reads.shuffled(using: &random) { read.cancel() }
      for read in reads {
        let result = await read.result
        #expect((result.failure as? Failure)?.code == .interrupted)
      }
      #expect(source.waiting == 0)
    }
  }

  /// What a cancelled read held is freed with the member.
  @Test func nothingIsKeptAlive() async throws {
    let source = SilentFile(size: 1 << 20)
    weak var leftover: DeflatedMember?
    let read: Task<[UInt8], any Error>
    do {
      let member = member(source)
      leftover = member
      read = Task { try await member.bytes(at: 0, count: 1) }
    }
    #expect(await eventually { source.waiting == 1 })
    #expect(leftover != nil)
    read.cancel()
    _ = await read.result
    #expect(await eventually { leftover == nil })
  }
}

extension Result {
  fileprivate var failure: (any Error)? {
    if case .failure(let error) = self { error } else { nil }
  }
}
