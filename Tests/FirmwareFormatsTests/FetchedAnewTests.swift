import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

/// What was right once is read again from bytes that may have come anew, and not as they were.
@Suite(.timeLimit(.minutes(10))) struct FetchedAnewTests {
  /// Checkpoints about 20 kB apart, decoders that keep 32 KiB.
  private static let limits = DeflatedMember.Limits(
    cursors: 3, chunkSize: 4096, keptChunks: 8, inputSize: 1000, checkpointSpacing: 20_000)
  private let plain = firmwareLike(300_000, seed: 31)

  private func member(
    _ deflated: [UInt8], _ checkpoints: MemoryCheckpoints, observer: WatchingObserver? = nil
  ) -> DeflatedMember {
    DeflatedMember(
      DeflatedContent(
        name: "AP.tar.md5", compressed: MemoryFile(deflated), size: UInt64(plain.count), crc32: plain.crc32),
      limits: Self.limits, checkpoints: checkpoints, observer: observer)
  }

  /// Stored blocks, in which a wrong byte breaks nothing, with the checkpoints of one pass.
  private func stored() async throws -> (deflated: [UInt8], checkpoints: MemoryCheckpoints) {
    let deflated = try DeflateMaker.zlib0.deflated(plain)
    let checkpoints = MemoryCheckpoints()
    #expect(try await member(deflated, checkpoints).bytes(at: 0, count: plain.count) == plain)
    return (deflated, checkpoints)
  }

  @Test func aWrongByteBetweenCheckpointsIsNoticedAtTheNext() async throws {
    let (deflated, checkpoints) = try await stored()
    let places = checkpoints.all.map(\.output)
    try #require(places.count > 5)
    var damaged = deflated
    // Headers of stored blocks are a few bytes, so this is between the second and the third.
    damaged[Int(places[1] + places[2]) / 2] ^= 1
    let member = member(damaged, checkpoints)
    var position = Int(places[1])
    let failure = await #expect(throws: Failure.self) {
      while position < plain.count {
        _ = try await member.bytes(at: UInt64(position), count: min(4096, plain.count - position))
        position += 4096
      }
    }
    #expect(failure?.code == .damaged)
    #expect(position < Int(places[3]))
    #expect(checkpoints.removals > 0)
    // That is told once: what follows is decoded from the beginning.
    #expect(try await member.bytes(at: places[1], count: 1) == [plain[Int(places[1])]])
  }

  /// From the beginning on the end alone can tell, since a checkpoint may be what is wrong.
  @Test func aCheckpointOfDamagedBytesKeepsNobodyFromReading() async throws {
    let (deflated, checkpoints) = try await stored()
    let first = try #require(checkpoints.all.first)
    let content = DeflatedContent(
      name: "AP.tar.md5", compressed: MemoryFile(deflated), size: UInt64(plain.count), crc32: plain.crc32)
    let wrong = try #require(
      PackedWindow.checkpoint(
        of: content, output: first.output, input: first.input, crc32: first.crc32 ^ 1,
        window: Array(plain[..<Int(first.output)].suffix(32_768))))
    checkpoints.change { $0.output == first.output ? wrong : $0 }
    let observer = WatchingObserver(plain)
    let member = member(deflated, checkpoints, observer: observer)
    #expect(try await member.bytes(at: 0, count: plain.count) == plain)
    #expect(checkpoints.removals == 1)
    #expect(observer.verifications == 1)
  }

  @Test func theEndAloneProvesNothingOfTheRest() async throws {
    let (deflated, checkpoints) = try await stored()
    let observer = WatchingObserver(plain)
    var member = member(deflated, checkpoints, observer: observer)
    _ = try await member.bytes(at: UInt64(plain.count - 1), count: 1)
    #expect(observer.verifications == 0)
    // Stretch by stretch, in any order, it does.
    for position in stride(from: 0, to: plain.count, by: 10_000).reversed() {
      _ = try await member.bytes(at: UInt64(position), count: 10_000)
    }
    #expect(observer.verifications == 1)
    // Of bytes that may be others, another one finds it out.
    member = self.member(deflated, checkpoints, observer: observer)
    _ = try await member.bytes(at: UInt64(plain.count - 1), count: 1)
    #expect(observer.verifications == 1)
    #expect(try await member.bytes(at: 0, count: plain.count) == plain)
    #expect(observer.verifications == 2)
  }

  @Test func stretchesMakeAWholeOnce() {
    var proof = DecodedProof(size: 100)
    #expect(!proof.add(60..<100))
    #expect(!proof.add(0..<50))
    #expect(!proof.add(20..<30))
    #expect(proof.add(50..<60))
    #expect(!proof.add(0..<100))
    proof = DecodedProof(size: 100)
    #expect(!proof.add(1..<100))
    #expect(proof.add(0..<1))
  }

  @Test func aCheckedFileIsCheckedAgain() async throws {
    let answers = Locked<[Bool]>([])
    let source = ChangingFile(plain)
    func checked() -> CheckedFile {
      CheckedFile(source, name: "x", crc32: plain.crc32) { isRight in answers.withLock { $0.append(isRight) }
      }
    }
    _ = try await checked().bytes(at: 0, count: plain.count)
    source.invert(at: 5)
    let file = checked()
    _ = try await file.bytes(at: 0, count: 1000)
    await #expect(throws: Failure.self) { try await file.bytes(at: 1000, count: plain.count - 1000) }
    #expect(answers.withLock { $0 } == [true, false])
  }
}

/// A file in memory that changes.
private final class ChangingFile: RandomReadable {
  private let bytes: Locked<[UInt8]>
  let size: UInt64

  init(_ bytes: [UInt8]) {
    self.bytes = Locked(bytes)
    size = UInt64(bytes.count)
  }

  func invert(at offset: Int) { bytes.withLock { $0[offset] ^= 0xFF } }

  func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure) {
    try await MemoryFile(bytes.withLock { $0 }).read(into: &destination, at: offset)
  }
}
