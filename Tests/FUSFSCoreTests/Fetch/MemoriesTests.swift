import Primitives
import Testing

@testable import FUSFSCore

struct VainWaitsTests {
  private let address = BlockAddress(BinaryID(name: "one", size: 1 << 30, crc32: nil), 3)
  private let failure = Failure(.timedOut, "Too late.")

  @Test func aFailureStandsForAMoment() {
    var waits = VainWaits()
    #expect(waits.failure(of: address, at: 10) == nil)
    waits.note(address, failure, at: 10)
    #expect(waits.failure(of: address, at: 10.4) == failure)
    #expect(waits.failure(of: BlockAddress(address.binary, 4), at: 10.4) == nil)
    #expect(waits.failure(of: address, at: 10.6) == nil)
  }
}

struct RecentBlocksTests {
  private let binary = BinaryID(name: "one", size: 1 << 30, crc32: nil)

  @Test func keepsTheBlocksUsedLast() {
    var recent = RecentBlocks(limit: 800)
    for index in UInt32(0)..<8 {
      recent.insert(ByteBlock(copying: Array(repeating: 0, count: 100)), at: BlockAddress(binary, index))
    }
    #expect(recent.bytes == 800)
    #expect(recent.block(at: BlockAddress(binary, 0)) != nil)
    recent.insert(ByteBlock(copying: Array(repeating: 0, count: 100)), at: BlockAddress(binary, 8))
    #expect(recent.bytes <= 800)
    #expect(recent.contains(BlockAddress(binary, 0)))
    #expect(!recent.contains(BlockAddress(binary, 1)))
    #expect(recent.contains(BlockAddress(binary, 8)))
  }

  @Test func aBlockInsertedTwiceCountsOnce() {
    var recent = RecentBlocks(limit: 1000)
    for _ in 0..<3 { recent.insert(ByteBlock(copying: [1, 2, 3]), at: BlockAddress(binary, 0)) }
    #expect(recent.bytes == 3)
  }
}

struct MinuteMemoryTests {
  @Test func lastsAMinute() {
    var memory = MinuteMemory<String>()
    memory.note("a", at: 100)
    #expect(memory.contains("a", at: 159))
    #expect(!memory.contains("a", at: 160))
    #expect(!memory.contains("b", at: 100))
  }

  @Test func aClockSetBackDoesNotProlongIt() {
    var memory = MinuteMemory<String>()
    memory.note("a", at: 100_000)
    #expect(!memory.contains("a", at: 5))
  }

  @Test func forgets() {
    var memory = MinuteMemory<String>()
    memory.note("a", at: 100)
    memory.forget("a")
    #expect(!memory.contains("a", at: 100))
  }
}
