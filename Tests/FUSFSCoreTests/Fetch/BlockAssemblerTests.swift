import FirmwareFormats
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

@Suite struct BlockAssemblerTests {
  private let plain: [UInt8]
  private let grid: BlockGrid
  private let delivered = Locked<[UInt32: [UInt8]]>([:])

  init() throws {
    var random = SplitMix(seed: 3)
    plain = random.bytes(2 * BlockGrid.blockSize + 1000)
    grid = try #require(BlockGrid(size: UInt64(plain.count)))
  }

  private func assembler(_ reception: BlockAssembler.Reception = .taken) -> BlockAssembler {
    BlockAssembler(grid: grid, blocks: 0..<3) { _, _ in
    } deliver: { [delivered] index, block in
      delivered.withLock { $0[index] = block.withBytes { unsafe $0.withUnsafeBytes { unsafe Array($0) } } }
      return reception
    }
  }

  /// Whether all of them were taken.
  private func send(_ range: Range<Int>, to assembler: BlockAssembler, by step: Int) -> Bool {
    stride(from: range.lowerBound, to: range.upperBound, by: step).allSatisfy { start in
      let piece = Array(plain[start..<min(range.upperBound, start + step)])
      return unsafe assembler.receive(piece.span.bytes)
    }
  }

  @Test(arguments: [999, 4096, 100_000, 1 << 20])
  func blocksAreWhatCame(step: Int) {
    let assembler = assembler()
    #expect(send(0..<plain.count, to: assembler, by: step))
    let blocks = delivered.withLock(\.self)
    #expect((0..<3).flatMap { blocks[$0] ?? [] } == plain)
    #expect(assembler.next == 3 && !assembler.isStopped)
    #expect(assembler.received.bytes == plain.count)
    // More than was asked for.
    let more: [UInt8] = [1]
    let isTaken = unsafe assembler.receive(more.span.bytes)
    #expect(!isTaken)
  }

  @Test func whoWantsNoMoreIsGivenNoMore() {
    let assembler = assembler(.takenAsLast)
    #expect(!send(0..<plain.count, to: assembler, by: 1 << 20))
    #expect(delivered.withLock(\.keys).sorted() == [0])
    #expect(assembler.next == 1 && assembler.isStopped)
  }

  @Test func aBlockThatIsRefusedIsTheNext() {
    let assembler = assembler(.refused)
    #expect(!send(0..<plain.count, to: assembler, by: 1 << 20))
    #expect(delivered.withLock(\.keys).sorted() == [0])
    #expect(assembler.next == 0 && assembler.isStopped && assembler.isRefused)
  }

  @Test func nothingComesOfItOnceItIsStopped() {
    let assembler = assembler()
    #expect(send(0..<BlockGrid.blockSize + 10, to: assembler, by: 10_000))
    assembler.stop()
    #expect(!send(BlockGrid.blockSize + 10..<plain.count, to: assembler, by: 10_000))
    #expect(delivered.withLock(\.keys).sorted() == [0])
    #expect(assembler.next == 1 && assembler.isStopped)
  }
}
