import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

struct InflateStreamTests {
  /// Decodes with input and output in pieces of these sizes, as far as it goes.
  private func decode(_ input: [UInt8], limit: Int, pieces: (input: Int, output: Int)) throws -> (
    bytes: [UInt8], isFinished: Bool
  ) {
    var stream = InflateStream()
    var result: [UInt8] = []
    var position = 0
    var buffer = [UInt8](repeating: 0, count: pieces.output)
    while result.count < limit, !stream.isFinished {
      let end = min(position + pieces.input, input.count)
      var elements = buffer.mutableSpan
      var output = unsafe elements.mutableBytes
      let step = try stream.inflate(unsafe input.span.bytes.extracting(position..<end), into: &output)
      if step == .init(consumed: 0, produced: 0), end == input.count, !stream.isFinished { break }
      position += step.consumed
      result += buffer[..<step.produced]
    }
    #expect(stream.consumed == UInt64(position))
    #expect(stream.produced == UInt64(result.count))
    return (result, stream.isFinished)
  }

  @Test(arguments: 0...9)
  func everyLevelInPiecesOfEverySize(level: Int) throws {
    let plain = firmwareLike(150_000, seed: UInt64(level))
    let deflated = try TemporaryDirectory().deflated(plain, level: level)
    for pieces in [(1, 1 << 16), (1 << 16, 1), (977, 1009), (1 << 20, 1 << 20), (4096, 100_000)] {
      let decoded = try decode(deflated, limit: .max, pieces: pieces)
      #expect(decoded.isFinished)
      #expect(decoded.bytes == plain, "pieces of \(pieces)")
    }
  }

  @Test func whatFollowsTheStreamIsLeft() throws {
    let plain = firmwareLike(1000, seed: 3)
    let deflated = try TemporaryDirectory().deflated(plain)
    let decoded = try decode(deflated + [1, 2, 3, 4], limit: .max, pieces: (4096, 4096))
    #expect(decoded.isFinished)
    #expect(decoded.bytes == plain)
  }

  @Test func aStreamCutShortIsNotFinished() throws {
    let plain = firmwareLike(3000, seed: 4)
    let deflated = try TemporaryDirectory().deflated(plain)
    for count in 0..<deflated.count {
      let decoded = try decode(Array(deflated[..<count]), limit: .max, pieces: (512, 512))
      #expect(!decoded.isFinished)
      #expect(plain.starts(with: decoded.bytes))
    }
  }

  @Test func anInvalidBlockIsDamaged() throws {
    let failure = #expect(throws: Failure.self) {
      try decode([0x07, 0xFF, 0xFF, 0xFF, 0xFF], limit: .max, pieces: (16, 16))
    }
    #expect(failure?.code == .damaged)
  }

  @Test func garbageEndsInAnErrorOrInBytes() {
    var random = SplitMix(seed: 5)
    var refused = 0
    for _ in 0..<3000 {
      let garbage = random.bytes(Int.random(in: 0...600, using: &random))
      do {
        let decoded = try decode(garbage, limit: 1 << 20, pieces: (64, 1 << 12))
        #expect(decoded.bytes.count <= 1032 * garbage.count)
      } catch {
        #expect((error as? Failure)?.code == .damaged)
        refused += 1
      }
    }
    #expect(refused > 1000)
  }

  @Test func flippedBitsEndInAnErrorOrInBytes() throws {
    let plain = firmwareLike(20_000, seed: 6)
    let deflated = try TemporaryDirectory().deflated(plain)
    var random = SplitMix(seed: 7)
    var differing = 0
    for _ in 0..<2000 {
      var flipped = deflated
      let bit = Int.random(in: 0..<deflated.count * 8, using: &random)
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      let decoded = try? decode(flipped, limit: 1 << 22, pieces: (4096, 4096))
      if decoded?.bytes != plain { differing += 1 }
    }
    #expect(differing > 1900)
  }
}
