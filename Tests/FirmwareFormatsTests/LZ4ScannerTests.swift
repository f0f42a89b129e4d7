import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

@Suite(.timeLimit(.minutes(10)))
struct LZ4ScannerTests {
  private static let samples = Result {
    let workspace = TemporaryDirectory()
    let plain = longFirmwareLike(1_000_003, seed: 41)
    var files: [[UInt8]] = []
    for options in ["-B4", "-B4 -BD -BX", "-B5 --content-size", "-l", "-B4 --no-frame-crc -BX"] {
      files.append(try workspace.lz4(plain, options))
    }
    files.append(
      files[0] + skippableFrame([UInt8](repeating: 1, count: 999)) + files[3] + files[3] + files[1])
    files.append(
      try flushedFrame(pieces(of: plain, most: 30_000, seed: 1), isLinked: true, hasContentSize: true))
    return files
  }

  private let samples: [[UInt8]]

  init() throws { samples = try Self.samples.get() }

  /// Feeds what is wanted, and no more.
  private func pull(_ scanner: inout LZ4Scanner, _ packed: [UInt8], most: Int = .max) -> Int {
    var pulled = 0
    while pulled < most, let wanted = scanner.wanted {
      let range = Int(wanted.lowerBound)..<Int(wanted.upperBound)
      scanner.feed(unsafe packed.span.bytes.extracting(range), at: wanted.lowerBound)
      pulled += 1
    }
    return pulled
  }

  @Test func howeverItIsFed() throws {
    for packed in samples {
      let whole = scanned(packed)
      #expect(whole.ending == .complete)
      var single = LZ4Scanner(size: whole.size)
      for offset in packed.indices {
        single.feed(unsafe packed.span.bytes.extracting(offset..<offset + 1), at: UInt64(offset))
      }
      #expect(single == whole)
      var pulled = LZ4Scanner(size: whole.size)
      #expect(pull(&pulled, packed) <= 2 * whole.table.words.count + 30)
      #expect(pulled == whole)
      var random = SplitMix(seed: 9)
      var mixed = LZ4Scanner(size: whole.size)
      while let wanted = mixed.wanted {
        // What is not wanted is ignored, what overlaps is taken.
        let start = Int.random(
          in: max(0, Int(wanted.lowerBound) - 50_000)...Int(wanted.lowerBound), using: &random)
        let end = Int.random(in: start...min(packed.count, start + 100_000), using: &random)
        mixed.feed(unsafe packed.span.bytes.extracting(start..<end), at: UInt64(start))
      }
      #expect(mixed == whole)
    }
  }

  @Test func keptAndReadBackAnywhere() throws {
    for packed in samples {
      let whole = scanned(packed)
      var random = SplitMix(seed: 10)
      var scanner = LZ4Scanner(size: whole.size)
      while scanner.wanted != nil {
        _ = pull(&scanner, packed, most: Int.random(in: 1...9, using: &random))
        let bytes = scanner.serialized
        scanner = try #require(LZ4Scanner(serialized: bytes, size: whole.size))
        #expect(scanner.serialized == bytes)
      }
      #expect(scanner == whole)
      #expect(whole.serialized.count < 4 * whole.table.words.count + 200)
      #expect(LZ4Scanner(serialized: whole.serialized, size: whole.size + 1) == nil)
    }
  }

  /// Else a file with one bad frame would end with too many of them.
  @Test func aRefusedFrameIsNotCountedAgain() throws {
    let cutOff: [UInt8] = skippableFrame([]) + skippableFrame([1]).dropLast()
    let emptied = Array(samples[2].prefix(15))
    for packed in [cutOff, emptied] {
      let whole = scanned(packed)
      guard case .failed = whole.ending else {
        Issue.record("It was not refused.")
        continue
      }
      var again = try #require(LZ4Scanner(serialized: whole.serialized, size: whole.size))
      unsafe again.feed(packed.span.bytes, at: 0)
      #expect(again == whole)
    }
  }

  @Test func whatWasMeasuredIsKept() async throws {
    for packed in samples {
      let index = LZ4Index(size: UInt64(packed.count))
      let file = try await openLZ4(packed, index: index)
      let plain = try await file.bytes(at: 0, count: Int(file.size))
      let again = LZ4Index(try #require(LZ4Scanner(serialized: index.serialized, size: UInt64(packed.count))))
      #expect(again.serialized == index.serialized)
      let second = try await openLZ4(packed, index: again)
      #expect(second.size == file.size)
      #expect(second.decodedCount == 0)
      #expect(try await second.bytes(at: file.size - 10, count: 10) == plain.suffix(10))
    }
  }

  /// What was kept may be damaged: it is refused, or it is a scanner that reads on without a trap, in bounded time
  /// and memory.
  @Test func damagedWhenReadBack() async throws {
    for packed in samples.suffix(2) + samples.prefix(2) {
      let index = LZ4Index(size: UInt64(packed.count))
      _ = try await openLZ4(packed, index: index)
      let bytes = index.serialized
      var random = SplitMix(seed: 11)
      for round in 0..<200 {
        var damaged = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          let position = Int.random(in: 0..<damaged.count, using: &random)
          damaged[position] = UInt8.random(in: 0...255, using: &random)
        }
        if round % 10 == 0 { damaged.removeLast(Int.random(in: 1..<damaged.count, using: &random)) }
        guard let scanner = LZ4Scanner(serialized: damaged, size: UInt64(packed.count)) else { continue }
        let file = try? await openLZ4(packed, index: LZ4Index(scanner))
        guard round % 8 == 0, let file, file.size < 1 << 30 else { continue }
        for offset in [0, 70_000, 999_000] where UInt64(offset) + 100 <= file.size {
          _ = try? await file.bytes(at: UInt64(offset), count: 100)
        }
      }
    }
  }

  @Test func blockStarts() throws {
    for packed in samples {
      let scanner = scanned(packed)
      let starts = scanner.table.words.indices.map { scanner.table.block($0).offset }
      #expect(starts == starts.sorted())
      for offset in stride(from: 0, to: packed.count, by: 997) {
        #expect(scanner.blockStart(after: UInt64(offset)) == starts.first { $0 > offset })
      }
      for start in starts.prefix(50) {
        #expect(scanner.blockStart(after: start) == starts.first { $0 > start })
      }
    }
  }

  /// A pass is told of a block before it comes there.
  @Test func theNextBlockStartIsKnownInTime() throws {
    let packed = samples[2]
    let whole = scanned(packed)
    var scanner = LZ4Scanner(size: whole.size)
    for offset in stride(from: 0, to: packed.count, by: 1000) {
      let end = min(offset + 1000, packed.count)
      scanner.feed(unsafe packed.span.bytes.extracting(offset..<end), at: UInt64(offset))
      guard let next = whole.blockStart(after: UInt64(end)) else { continue }
      #expect(scanner.blockStart(after: UInt64(end)) == next)
    }
  }
}
