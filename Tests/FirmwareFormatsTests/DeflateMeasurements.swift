import Glibc
import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

/// Figures instead of checks, printed where `FUSFS_MEASURE` names a file to be deflated: a tar of LZ4 images, for example.
@Suite(.enabled(if: unsafe getenv("FUSFS_MEASURE") != nil), .serialized)
struct DeflateMeasurements {
  private static func content() throws -> DeflatedContent {
    let path = unsafe getenv("FUSFS_MEASURE").map { unsafe String(cString: $0) } ?? ""
    let directory = TemporaryDirectory()
    try directory.shell(
      """
      python3 - '\(path)' <<'END'
      import sys, zlib
      c, crc, size = zlib.compressobj(6, zlib.DEFLATED, -15), 0, 0
      with open(sys.argv[1], "rb") as plain, open("deflated", "wb") as out:
        while piece := plain.read(1 << 20):
          crc, size = zlib.crc32(piece, crc), size + len(piece)
          out.write(c.compress(piece))
        out.write(c.flush())
      open("facts", "w").write(f"{size} {crc}")
      END
      """, within: .seconds(600))
    let facts = String(decoding: try directory.read("facts"), as: UTF8.self).split(separator: " ")
    return DeflatedContent(
      name: "measured", compressed: MemoryFile(try directory.read("deflated")), size: UInt64(facts[0]) ?? 0,
      crc32: UInt32(facts[1]) ?? 0)
  }

  private static func limits(spacing: UInt64) -> DeflatedMember.Limits {
    DeflatedMember.Limits(
      cursors: 4, chunkSize: 128 << 10, keptChunks: 28, inputSize: 128 << 10, checkpointSpacing: spacing)
  }

  /// Seconds that a pass in pieces of 1 MiB takes.
  private static func pass(
    _ content: DeflatedContent, _ limits: DeflatedMember.Limits, _ checkpoints: MemoryCheckpoints?,
    _ observer: (any OutputObserver)? = nil
  ) async throws -> Double {
    let member = DeflatedMember(content, limits: limits, checkpoints: checkpoints, observer: observer)
    let time = try await ContinuousClock().measure {
      for start in stride(from: UInt64(0), to: content.size, by: 1 << 20) {
        _ = try await member.bytes(at: start, count: Int(min(1 << 20, content.size - start)))
      }
    }
    return time / .seconds(1)
  }

  @Test func spacing() async throws {
    let content = try Self.content()
    let megabytes = Double(content.size) / 1e6
    print("measured: \(content.size) plain bytes, \(content.compressed.size) deflated")
    for spacing: UInt64 in [512 << 10, 1 << 20, 2 << 20, 4 << 20] {
      let limits = Self.limits(spacing: spacing)
      var (without, with, bounded): ([Double], [Double], [Double]) = ([], [], [])
      var checkpoints = MemoryCheckpoints()
      for _ in 0..<3 {
        without.append(try await Self.pass(content, limits, nil))
        checkpoints = MemoryCheckpoints()
        with.append(try await Self.pass(content, limits, checkpoints))
        bounded.append(try await Self.pass(content, limits, MemoryCheckpoints(), EveryMegabyte()))
      }
      let all = checkpoints.all
      let packed = all.reduce(0) { $0 + $1.window.count }
      let member = DeflatedMember(content, limits: limits, checkpoints: checkpoints)
      var random = SplitMix(seed: 1)
      var times: [Double] = []
      for _ in 0..<400 {
        let offset = UInt64.random(in: 0...content.size - 131_072, using: &random)
        let time = try await ContinuousClock().measure {
          _ = try await member.bytes(at: offset, count: 131_072)
        }
        times.append(time / .milliseconds(1))
      }
      times.sort()
      print(
        "measured: spacing \(spacing >> 10) KiB: \(all.count) checkpoints, windows \(all.count * 32_768) -> \(packed)",
        "bytes, index \(Double(packed) * 100 / Double(content.size)) % of plain,",
        "MB/s without \(without.map { Int(megabytes / $0) }) with \(with.map { Int(megabytes / $0) })",
        "with boundaries \(bounded.map { Int(megabytes / $0) }),",
        "random 128 KiB p50 \(times[200]) p95 \(times[380]) ms")
    }
  }
}

/// Boundaries as of LZ4 blocks.
private struct EveryMegabyte: OutputObserver {
  func decoded(_ bytes: RawSpan, at offset: UInt64) {}
  func boundary(after offset: UInt64) -> UInt64? { (offset / 700_000 + 1) * 700_000 }
  func verified() {}
}
