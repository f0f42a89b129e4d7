import CLZ4
import FirmwareFormats
import Glibc
import Primitives
import TestSupport
import Testing

/// How fast it is, compared with liblz4's own frame decoder; measured and printed only where FUSFS_MEASURE is set.
@Suite(.timeLimit(.minutes(10)), .enabled(if: unsafe getenv("FUSFS_MEASURE") != nil))
struct LZ4MeasureTests {
  private static let size = 256 << 20
  private static let pieceSize = 128 << 10

  @Test(arguments: ["-B6 --content-size", "-B6 --content-size --no-frame-crc", "-B4 -BD --content-size"])
  func sequentialAndRandom(options: String) async throws {
    let plain = longFirmwareLike(Self.size, seed: 81)
    let packed = try TemporaryDirectory().lz4(plain, options)
    let clock = ContinuousClock()
    for round in 0..<2 {
      let inC = try clock.measure { try decodeInC(packed) }
      let index = LZ4Index(size: UInt64(packed.count))
      let checkpoints = MemoryCheckpoints()
      let file = try await LZ4File.open(
        name: "x", packed: MemoryFile(packed), index: index, passesBytes: true,
        blocks: LZ4BlockCache(memory: 32 << 20), checkpoints: checkpoints)
      var piece = [UInt8](repeating: 0, count: Self.pieceSize)
      let ours = try await clock.measure {
        for offset in stride(from: 0, to: plain.count, by: Self.pieceSize) {
          try await read(file, &piece, at: offset)
        }
      }
      var random = SplitMix(seed: 82)
      var times: [Duration] = []
      for _ in 0..<300 {
        let offset = Int.random(in: 0...plain.count - Self.pieceSize, using: &random)
        times.append(try await clock.measure { try await read(file, &piece, at: offset) })
        #expect(piece.elementsEqual(plain[offset..<offset + Self.pieceSize]))
      }
      let p50 = times.sorted()[times.count / 2]
      print(
        "lz4 \(options), round \(round): ratio \(Double(packed.count) / Double(plain.count)), "
          + "LZ4F \(rate(inC)) MB/s, here \(rate(ours)) MB/s, random 128 KiB p50 \(p50)")
    }
  }

  private func rate(_ time: Duration) -> Int { Int(Double(Self.size) / 1e6 / (time / .seconds(1))) }

  private func read(_ file: LZ4File, _ piece: inout [UInt8], at offset: Int) async throws {
    var elements = piece.mutableSpan
    var bytes = unsafe elements.mutableBytes
    try await file.read(into: &bytes, at: UInt64(offset))
  }

  private func decodeInC(_ packed: [UInt8]) throws {
    var context: OpaquePointer?
    _ = unsafe LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))
    defer { unsafe LZ4F_freeDecompressionContext(context) }
    var output = [UInt8](repeating: 0, count: 1 << 20)
    var (position, produced) = (0, 0)
    while position < packed.count {
      var (taken, given) = (packed.count - position, output.count)
      let status = unsafe packed.withUnsafeBytes { bytes in
        unsafe LZ4F_decompress(
          context, &output, &given, bytes.baseAddress.map { unsafe $0 + position }, &taken, nil)
      }
      guard LZ4F_isError(status) == 0 else { throw TestFailure(description: "LZ4F refuses") }
      position += taken
      produced += given
    }
    #expect(produced == Self.size)
  }
}
