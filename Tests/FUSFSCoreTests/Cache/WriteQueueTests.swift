import FirmwareFormats
import Primitives
import Testing

@testable import FUSFSCore

@Suite struct WriteQueueTests {
  private let binary = BinaryID(name: "a", size: 100 * UInt64(BlockGrid.blockSize), crc32: nil)

  private func store(_ count: Int) -> WriteQueue.BlockChange {
    let block = UniqueByteBlock(count: count).frozen()
    return .store(block, block.withBytes { PieceChecksums(of: $0) })
  }

  @Test func whatIsToBeDeletedOutlivesWhatIsGivenUp() {
    let binary = BinaryID(name: "x", size: 1 << 24, crc32: nil)
    var queue = WriteQueue()
    queue.change(.delete, index: 1, of: binary)
    queue.change(.delete, index: 2, of: binary)
    queue.change(store(10), index: 2, of: binary)
    queue.change(store(10), index: 3, of: binary)
    #expect(Set(queue.dropBlocks().map(\.index)) == [2, 3])
    let batch = queue.takeBatch(bytes: 1000)
    #expect(Set(batch.blocks.values.map(\.index)) == [1, 2])
    #expect(batch.blocks.values.allSatisfy { if case .delete = $0.change { true } else { false } })
    queue.returnRecords()
    #expect(Set(queue.takeBatch(bytes: 1000).blocks.values.map(\.index)) == [1, 2])
  }

  @Test func blocksAreTakenInOrderAndByBytes() {
    var queue = WriteQueue()
    for index in UInt32(0)..<5 { queue.change(store(100), index: index, of: binary) }
    #expect(queue.backlog == 500)
    let first = queue.takeBatch(bytes: 250)
    #expect(Set(first.blocks.values.map(\.index)) == [0, 1, 2])
    #expect(queue.backlog == 500, "what is being written is still in memory")
    #expect(queue.pending(binary.blockKey(0)) != nil)
    #expect(queue.doneNumber == 0)
    queue.finishBatch()
    #expect(queue.backlog == 200)
    #expect(queue.pending(binary.blockKey(0)) == nil)
    #expect(queue.doneNumber == 3)
    #expect(queue.takeBatch(bytes: 1000).blocks.count == 2)
    queue.finishBatch()
    #expect(queue.doneNumber == queue.lastNumber)
    #expect(!queue.hasChanges)
  }

  @Test func aBlockLargerThanABatchIsTakenAlone() {
    var queue = WriteQueue()
    queue.change(store(100), index: 0, of: binary)
    queue.change(store(100), index: 1, of: binary)
    #expect(queue.takeBatch(bytes: 1).blocks.count == 1)
  }

  @Test func aTransactionDeletesOnlySoMany() {
    let count = 2 * WriteQueue.mostBlocks + 1
    let binary = BinaryID(name: "x", size: UInt64(count * BlockGrid.blockSize), crc32: nil)
    var queue = WriteQueue()
    for index in UInt32(0)..<UInt32(count) { queue.change(.delete, index: index, of: binary) }
    for expected in [WriteQueue.mostBlocks, WriteQueue.mostBlocks, 1] {
      #expect(queue.fillsBatch(bytes: 1) == (expected > 1))
      #expect(queue.doneNumber < queue.lastNumber)
      #expect(queue.takeBatch(bytes: 1).blocks.count == expected)
      queue.finishBatch()
    }
    #expect(queue.doneNumber == queue.lastNumber)
    #expect(!queue.hasChanges)
  }

  @Test func theNewestChangeWins() {
    var queue = WriteQueue()
    queue.change(store(100), index: 0, of: binary)
    queue.change(.delete, index: 0, of: binary)
    #expect(queue.backlog == 0)
    queue.change(store(40), index: 0, of: binary)
    #expect(queue.backlog == 40)
    let batch = queue.takeBatch(bytes: 1000)
    #expect(batch.blocks.count == 1)
    #expect(batch.byteCount == 40)
  }

  @Test func aChangeDuringTheWriteIsSeenFirst() {
    var queue = WriteQueue()
    queue.change(.fact(binary, name: "x"), to: .store([1], at: 0))
    _ = queue.takeBatch(bytes: 1)
    queue.change(.fact(binary, name: "x"), to: .delete)
    guard case .delete = queue.pending(.fact(binary, name: "x")) else {
      Issue.record("the older change was given")
      return
    }
  }

  @Test func aFailedBatchKeepsItsRecords() {
    var queue = WriteQueue()
    queue.change(store(100), index: 0, of: binary)
    queue.change(.pin(binary), to: .store([], at: 0))
    queue.change(.fact(binary, name: "x"), to: .store([1], at: 0))
    _ = queue.takeBatch(bytes: 1000)
    queue.change(.fact(binary, name: "x"), to: .store([2], at: 0))
    queue.returnRecords()
    #expect(queue.backlog == 0)
    let batch = queue.takeBatch(bytes: 1000)
    #expect(batch.records.count == 2)
    guard case .store([2], _) = batch.records[.fact(binary, name: "x")] else {
      Issue.record("the older fact came back")
      return
    }
  }

  @Test func checkpointsWaitWithTheRecords() {
    let stream = StreamID(binary: binary, name: "x")
    let other = StreamID(binary: binary, name: "y")
    let checkpoints = (0..<4).map { Checkpoint(output: $0, input: 0, crc32: 0, window: [1, 2, 3]) }
    func keep(_ index: Int, of stream: StreamID, in queue: inout WriteQueue) {
      queue.change(checkpoint: UInt64(index), of: stream, to: .keep(checkpoints[index]))
    }
    func outputs(_ stream: StreamID, in queue: WriteQueue) -> [UInt64] {
      queue.pendingCheckpoints.applied(to: [9], of: stream).offsets
    }
    var queue = WriteQueue()
    for index in 0..<3 { keep(index, of: stream, in: &queue) }
    keep(3, of: other, in: &queue)
    #expect(queue.hasChanges)
    #expect(queue.waitingRecordBytes == 4 * checkpoints[0].rowBytes)
    _ = queue.takeBatch(bytes: 1)
    #expect(queue.waitingRecordBytes == 0)
    queue.removeCheckpoints(of: stream)
    keep(1, of: stream, in: &queue)
    #expect(queue.isRemoved(stream) && !queue.isRemoved(other))
    for _ in 0..<2 {
      #expect(outputs(stream, in: queue) == [1])
      #expect(outputs(other, in: queue) == [3, 9])
      guard case .delete = queue.pending(checkpoint: 2, of: stream),
        case .keep = queue.pending(checkpoint: 1, of: stream),
        case .keep = queue.pending(checkpoint: 3, of: other)
      else {
        Issue.record("an older change was given")
        return
      }
      queue.returnRecords()
    }
    #expect(queue.waitingRecordBytes == 2 * checkpoints[0].rowBytes)
    #expect(queue.takeBatch(bytes: 1).checkpoints.byteCount == queue.pendingCheckpoints.byteCount)
    queue.finishBatch()
    #expect(queue.pendingCheckpoints.isEmpty)
    #expect(queue.doneNumber == queue.lastNumber)
  }

  @Test func aTouchIsKeptOnce() {
    var queue = WriteQueue()
    for group: Int64 in [5, 3, 5, 3, 4] { queue.touch(group) }
    #expect(queue.takeBatch(bytes: 1).touched == [5, 3, 4])
  }

  @Test func droppedBlocksAreDone() {
    var queue = WriteQueue()
    queue.change(store(100), index: 7, of: binary)
    #expect(queue.dropBlocks().map(\.index) == [7])
    #expect(queue.backlog == 0)
    #expect(queue.doneNumber == queue.lastNumber)
  }
}
