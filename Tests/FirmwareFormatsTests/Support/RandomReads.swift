import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

/// Reads a file in 16 tasks at 25 random places each, and compares with the plain bytes.
func readAtRandom(_ file: some RandomReadable, expecting plain: [UInt8]) async throws {
  try await withThrowingTaskGroup { group in
    for seed in UInt64(0)..<16 {
      group.addTask {
        var random = SplitMix(seed: seed)
        for _ in 0..<25 {
          let offset = Int.random(in: 0...plain.count, using: &random)
          let count = Int.random(in: 0...min(30_000, plain.count - offset), using: &random)
          let bytes = try await file.bytes(at: UInt64(offset), count: count)
          #expect(bytes == Array(plain[offset..<offset + count]), "\(count) bytes at \(offset)")
        }
      }
    }
    try await group.waitForAll()
  }
}
