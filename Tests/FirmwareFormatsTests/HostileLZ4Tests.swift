import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

/// LZ4 files that lie: an error that names the file and the place, or right bytes.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct HostileLZ4Tests {
  private let plain = firmwareLike(140_000, seed: 71)

  /// What is read of a file, or why not.
  private func content(_ packed: [UInt8], passesBytes: Bool = false) async -> Result<[UInt8], Failure> {
    do {
      let file = try await openLZ4(packed, passesBytes: passesBytes)
      guard file.size < 1 << 24 else { return .failure(Failure(.exhausted, "It is long.")) }
      return .success(try await file.bytes(at: 0, count: Int(file.size)))
    } catch {
      return .failure(error as? Failure ?? Failure(.local, "\(error)"))
    }
  }

  private func header(
    flags: UInt8, descriptor: UInt8 = 0x40, size: UInt64? = nil, dictionary: UInt32? = nil
  ) -> [UInt8] {
    var fields = [flags, descriptor]
    if let size { fields += (0..<8).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) } }
    if let dictionary { fields += littleEndian(dictionary) }
    let checksum = unsafe LZ4Checksum.of(fields.span.bytes)
    return littleEndian(0x184D_2204) + fields + [UInt8(truncatingIfNeeded: checksum >> 8)]
  }

  @Test func headers() async throws {
    let end: [UInt8] = [0, 0, 0, 0]
    let stored: [UInt8] = [3, 0, 0, 0x80, 1, 2, 3]
    let short: [UInt8] = [2, 0, 0, 0, 0x10, 9]
    let cases: [([UInt8], String)] = [
      ([], "it is empty"),
      ([4, 0x22, 0x4D], "in the middle of the LZ4 header at byte 0"),
      (Array("not LZ4 at all".utf8), "there is no LZ4 frame at byte 0"),
      (header(flags: 0x20) + end, "has version 0"),
      (header(flags: 0x62) + end, "reserved bits"),
      (header(flags: 0x60, descriptor: 0xC0) + end, "reserved bits"),
      (header(flags: 0x60, descriptor: 0x41) + end, "reserved bits"),
      (header(flags: 0x60, descriptor: 0x30) + end, "unknown block size 3"),
      (header(flags: 0x61, dictionary: 7) + end, "needs a dictionary"),
      (header(flags: 0x60).dropLast() + [0] + end, "wrong checksum"),
      (header(flags: 0x60) + littleEndian(65_537) + [UInt8](repeating: 0, count: 70_000), "over its limit"),
      (header(flags: 0x60) + littleEndian(0x7FFF_FFFF) + end, "over its limit"),
      (header(flags: 0x60) + littleEndian(100) + end, "beyond the end"),
      (header(flags: 0x60) + stored, "in the middle of the LZ4 header"),
      (header(flags: 0x60) + stored + end + [0], "in the middle of the LZ4 header"),
      (header(flags: 0x60) + stored + end + end, "there is no LZ4 frame at byte 18"),
      (header(flags: 0x68, size: 1 << 42) + stored + end, "more than LZ4 can give"),
      (header(flags: 0x68, size: .max) + stored + end, "more than LZ4 can give"),
      (header(flags: 0x68, size: 4) + stored + end, "claims 4 bytes"),
      (header(flags: 0x68, size: 2) + stored + end, "holds 3 bytes where 2 should be"),
      (header(flags: 0x68, size: 3) + stored + stored + end, "goes on at byte"),
      (
        header(flags: 0x68, size: 20_000) + short + end + skippableFrame(.init(repeating: 0, count: 999)),
        "claims 20000"
      ),
      (header(flags: 0x64) + stored + end + end, "content checksum"),
      (header(flags: 0x70) + stored + end + end, "wrong checksum"),
      (header(flags: 0x60) + [1, 0, 0, 0, 0xF0] + end, "cannot be decoded"),
      ([0x50, 0x2A, 0x4D, 0x18, 0xFF, 0xFF, 0xFF, 0xFF], "beyond the end"),
    ]
    for (bytes, words) in cases {
      guard case .failure(let failure) = await content(bytes) else {
        Issue.record("\(words) was not found")
        continue
      }
      #expect(failure.code == .damaged || failure.code == .unsupported)
      #expect(failure.cause.contains(words), "\(failure.cause)")
      #expect(failure.cause.hasPrefix("\"boot.img.lz4\""))
    }
    #expect(try await content(header(flags: 0x68, size: 3) + stored + end).get() == [1, 2, 3])
    #expect(try await content(header(flags: 0x68, size: 0) + stored + end).get() == [1, 2, 3])
  }

  /// A long file's claim is believed until it is walked, and then refused in words.
  @Test func aLargeClaimOfALongFile() async throws {
    let noise = SplitMixBytes.make(9 << 20)
    var packed = try TemporaryDirectory().lz4(noise, "-B4 --content-size --no-frame-crc")
    packed.replaceSubrange(0..<15, with: header(flags: 0x68, size: 2 << 30))
    let file = try await openLZ4(packed, passesBytes: true)
    #expect(file.size == 2 << 30)
    let failure = await #expect(throws: Failure.self) { try await file.bytes(at: 1 << 30, count: 1) }
    #expect(failure?.code == .damaged)
  }

  /// What two bytes hold is not 8 MiB, though it should be by the format: they are decoded before a size is told.
  @Test func shortBlocksOfALegacyFrame() async throws {
    let packed = [2, 0x21, 0x4C, 0x18] + repeatElement([2, 0, 0, 0, 0x10, 9] as [UInt8], count: 3).joined()
    #expect(try await content(packed).get() == [9, 9, 9])
  }

  /// What was kept is no reason to believe that a byte holds more than 255.
  @Test func aKeptSizeThatCannotBe() throws {
    let packed = header(flags: 0x60) + [2, 0, 0, 0, 0x10, 9, 0, 0, 0, 0]
    var scanner = scanned(packed)
    scanner.table.frames[0].content.append(1000, limit: 65_536)
    #expect(LZ4Scanner(serialized: scanner.serialized, size: scanner.size) == nil)
  }

  @Test func tooManyBlocksAndFrames() async throws {
    let blocks = Array(repeatElement([1, 0, 0, 0x80, 9] as [UInt8], count: (1 << 20) + 1).joined())
    for (packed, words) in [
      (header(flags: 0x60) + blocks + [0, 0, 0, 0], "LZ4 blocks"),
      (Array(repeatElement(skippableFrame([]), count: (1 << 16) + 1).joined()), "LZ4 frames"),
    ] {
      let scanner = scanned(packed)
      guard case .failed(let failure) = scanner.ending else {
        Issue.record("\(words) were not refused")
        continue
      }
      #expect(failure.code == .unsupported)
      #expect(failure.cause.contains(words))
    }
  }

  @Test func aMillionShortBlocks() async throws {
    let count = 100_000
    let block: [UInt8] = [2, 0, 0, 0, 0x10, 9]
    let packed = header(flags: 0x60) + repeatElement(block, count: count).joined() + [0, 0, 0, 0]
    let file = try await openLZ4(packed)
    #expect(file.size == UInt64(count))
    #expect(try await file.bytes(at: 77_777, count: 1) == [9])
  }

  @Test(arguments: ["-B4", "-B4 -BX --content-size", "-B4 -BD --content-size", "-l"])
  func cutAnywhere(options: String) async throws {
    let packed = try TemporaryDirectory().lz4(plain, options)
    for count in Array(0..<40) + Array(stride(from: 40, to: packed.count, by: 9511)) + [packed.count - 1] {
      switch await content(Array(packed[..<count])) {
      case .success(let bytes):
        // A legacy frame has no end mark: cut after its magic it is empty.
        #expect(options == "-l" && count == 4 && bytes.isEmpty, "cut at \(count)")
      case .failure(let failure): #expect(failure.code == .damaged, "cut at \(count)")
      }
    }
  }

  @Test(arguments: ["-B4", "-B4 -BX --content-size --no-frame-crc", "-B4 -BD --content-size"])
  func flippedBits(options: String) async throws {
    let packed = try TemporaryDirectory().lz4(plain, options)
    var random = SplitMix(seed: 72)
    for round in 0..<60 {
      var flipped = packed
      let most = round % 2 == 0 ? 40 * 8 : packed.count * 8
      let bit = Int.random(in: 0..<most, using: &random)
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      switch await content(flipped, passesBytes: round % 3 == 0) {
      case .success(let bytes):
        let isRight = bytes == plain
        #expect(isRight, "bit \(bit)")
      case .failure(let failure):
        #expect(failure.code == .damaged || failure.code == .unsupported)
      }
    }
  }

  /// The last bytes are not given where the content checksum is wrong, also where blocks came out of order.
  @Test(arguments: ["-B4 --content-size", "-B4", "-B4 -BD --content-size"])
  func wrongContentChecksum(options: String) async throws {
    var packed = try TemporaryDirectory().lz4(plain, options)
    packed[packed.count - 1] ^= 1
    guard options.contains("size") else {
      guard case .failure(let failure) = await content(packed) else {
        Issue.record("a wrong checksum was not found")
        return
      }
      #expect(failure.cause.contains("content checksum"))
      return
    }
    for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0], [0, 2, 1]] {
      let file = try await openLZ4(packed)
      for block in order.dropLast() {
        let start = block * 65_536
        _ = try? await file.bytes(at: UInt64(start), count: 100)
      }
      _ = try? await file.bytes(at: UInt64(order[2] * 65_536), count: 100)
      for _ in 0..<2 {
        let failure = await #expect(throws: Failure.self) {
          try await file.bytes(at: UInt64(plain.count - 1), count: 1)
        }
        #expect(failure?.cause.contains("content checksum") == true)
      }
      #expect(try await file.bytes(at: 0, count: 131_072) == Array(plain[..<131_072]))
    }
  }
}
