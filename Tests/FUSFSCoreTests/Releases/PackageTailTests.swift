import FirmwareFormats
import Testing

@testable import FUSFSCore

struct PackageTailTests {
  @Test func isTheSameAfterBeingKept() {
    let tail = PackageTail(plainSize: 0x1122_3344_5566, bytes: [1, 2, 3])
    #expect(PackageTail(serialized: tail.serialized) == tail)
  }

  @Test(
    arguments: [[], [1, 2, 3], Array(repeating: 0, count: 8), [1, 0, 0, 0, 0, 0, 0, 0, 5, 5]] as [[UInt8]])
  func whatIsNoneIsRefused(bytes: [UInt8]) {
    #expect(PackageTail(serialized: bytes) == nil)
  }

  @Test func readsWithinTheTailNeedNothingElse() async throws {
    let bytes = (0..<200).map { UInt8($0) }
    let file = TailedFile(
      BytesFile(bytes), tail: PackageTail(plainSize: 200, bytes: Array(repeating: 1, count: 50)))
    #expect(try await file.bytes(at: 150, count: 50) == Array(repeating: 1, count: 50))
    #expect(try await file.bytes(at: 140, count: 20) == Array(bytes[140..<160]))
  }
}
