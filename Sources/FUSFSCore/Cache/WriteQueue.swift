import FirmwareFormats
import Primitives

/// What waits to be written, the newest change of each row only. Pure: the writer thread does what it says.
///
/// Until a batch is committed its changes can be read here.
struct WriteQueue {
  enum BlockChange {
    case store(ByteBlock, PieceChecksums)
    case delete

    var byteCount: Int {
      switch self {
      case .store(let block, _): block.count
      case .delete: 0
      }
    }
  }

  struct PendingBlock {
    let binary: BinaryID
    let index: UInt32
    var change: BlockChange
    /// Whether the row of before is to go even if the change is given up.
    let isAfterDelete: Bool
  }

  /// A small row that is kept for good.
  enum Record: Hashable {
    case reply(ReplyKind, key: String)
    case fact(BinaryID, name: String)
    case pin(BinaryID)
  }

  enum RecordChange {
    case store([UInt8], at: Int64)
    case delete

    var byteCount: Int {
      switch self {
      case .store(let bytes, _): bytes.count
      case .delete: 0
      }
    }
  }

  /// Blocks that are changed in one transaction at most: one that is deleted has no bytes but takes time, and other
  /// processes wait for as long as the transaction lasts.
  static let mostBlocks = 1024

  /// What is written in one transaction.
  struct Batch {
    fileprivate(set) var blocks: [Int64: PendingBlock] = [:]
    /// Bytes in its blocks.
    fileprivate(set) var byteCount = 0
    fileprivate(set) var records: [Record: RecordChange] = [:]
    fileprivate(set) var checkpoints = PendingCheckpoints()
    /// Bytes in its records and checkpoints.
    fileprivate(set) var recordBytes = 0
    /// Groups that were read, in the order of their use.
    fileprivate(set) var touched: [Int64] = []
    /// All changes up to this one are in this batch or in one before.
    fileprivate var upTo: UInt64 = 0

    var isEmpty: Bool { blocks.isEmpty && records.isEmpty && checkpoints.isEmpty && touched.isEmpty }
  }

  private var order: [(key: Int64, number: UInt64)] = []
  private var next = 0
  private var waiting = Batch()
  private var writing: Batch?
  private var touchedSet: Set<Int64> = []

  /// How many changes were asked for so far.
  private(set) var lastNumber: UInt64 = 0
  /// All changes up to this one are done with.
  private(set) var doneNumber: UInt64 = 0

  /// Bytes of blocks that are held in memory for the writer.
  var backlog: Int { waiting.byteCount + (writing?.byteCount ?? 0) }
  /// Bytes of records and checkpoints that are not being written yet.
  var waitingRecordBytes: Int { waiting.recordBytes }
  var hasChanges: Bool {
    !waiting.blocks.isEmpty || !waiting.records.isEmpty || !waiting.checkpoints.isEmpty
  }
  var hasTouches: Bool { !waiting.touched.isEmpty }

  /// Whether enough waits for a batch of so many bytes.
  func fillsBatch(bytes: Int) -> Bool {
    waiting.byteCount >= bytes || waiting.recordBytes >= bytes || waiting.blocks.count >= Self.mostBlocks
  }

  mutating func change(_ change: BlockChange, index: UInt32, of binary: BinaryID) {
    let key = binary.blockKey(index)
    lastNumber += 1
    waiting.byteCount += change.byteCount
    let earlier = waiting.blocks[key]
    if let earlier {
      waiting.byteCount -= earlier.change.byteCount
    } else {
      order.append((key, lastNumber))
    }
    waiting.blocks[key] = PendingBlock(
      binary: binary, index: index, change: change, isAfterDelete: earlier?.deletes ?? false)
  }

  mutating func change(_ record: Record, to change: RecordChange) {
    lastNumber += 1
    waiting.recordBytes += change.byteCount - (waiting.records[record]?.byteCount ?? 0)
    waiting.records[record] = change
  }

  mutating func change(checkpoint output: UInt64, of stream: StreamID, to change: PendingCheckpoints.Change) {
    changeCheckpoints { $0.change(output, of: stream, to: change) }
  }

  mutating func removeCheckpoints(of stream: StreamID) {
    changeCheckpoints { $0.removeAll(of: stream) }
  }

  private mutating func changeCheckpoints(_ body: (inout PendingCheckpoints) -> Void) {
    lastNumber += 1
    waiting.recordBytes -= waiting.checkpoints.byteCount
    body(&waiting.checkpoints)
    waiting.recordBytes += waiting.checkpoints.byteCount
  }

  /// Notes that a group was read.
  mutating func touch(_ group: Int64) {
    guard touchedSet.insert(group).inserted else { return }
    lastNumber += 1
    waiting.touched.append(group)
  }

  /// The change of a block that is not committed yet.
  func pending(_ key: Int64) -> BlockChange? { (waiting.blocks[key] ?? writing?.blocks[key])?.change }

  /// The change of a record that is not committed yet.
  func pending(_ record: Record) -> RecordChange? { waiting.records[record] ?? writing?.records[record] }

  /// All changes of records that are not committed yet.
  var pendingRecords: [Record: RecordChange] {
    (writing?.records ?? [:]).merging(waiting.records) { _, newer in newer }
  }

  /// The change of a checkpoint that is not committed yet.
  func pending(checkpoint output: UInt64, of stream: StreamID) -> PendingCheckpoints.Change? {
    waiting.checkpoints.change(output, of: stream) ?? writing?.checkpoints.change(output, of: stream)
  }

  /// All changes of checkpoints that are not committed yet.
  var pendingCheckpoints: PendingCheckpoints {
    writing.map { waiting.checkpoints.following($0.checkpoints) } ?? waiting.checkpoints
  }

  /// Whether all checkpoints of the stream were removed after those that are being written.
  func isRemoved(_ stream: StreamID) -> Bool { waiting.checkpoints.removed.contains(stream) }

  /// The oldest blocks, of about `bytes` together and no more than `mostBlocks`, and all records, checkpoints and
  /// touches. It must be finished before another.
  mutating func takeBatch(bytes: Int) -> Batch {
    precondition(writing == nil, "the batch before is not finished")
    var batch = Batch()
    while next < order.count, batch.blocks.count < Self.mostBlocks,
      batch.byteCount < bytes || batch.blocks.isEmpty
    {
      let key = order[next].key
      next += 1
      guard let block = waiting.blocks.removeValue(forKey: key) else { continue }
      batch.blocks[key] = block
      batch.byteCount += block.change.byteCount
    }
    batch.upTo = next < order.count ? order[next].number - 1 : lastNumber
    waiting.byteCount -= batch.byteCount
    batch.records = waiting.records
    batch.checkpoints = waiting.checkpoints
    batch.recordBytes = waiting.recordBytes
    batch.touched = waiting.touched
    waiting.records = [:]
    waiting.checkpoints = PendingCheckpoints()
    waiting.recordBytes = 0
    waiting.touched = []
    touchedSet = []
    if next == order.count || next > 4096 {
      order.removeFirst(next)
      next = 0
    }
    writing = batch
    return batch
  }

  /// The batch is committed, or given up.
  mutating func finishBatch() {
    doneNumber = max(doneNumber, writing?.upTo ?? 0)
    writing = nil
  }

  /// The batch could not be written: its blocks are given up, its records and checkpoints wait again.
  mutating func returnRecords() {
    guard let batch = writing else { return }
    waiting.records.merge(batch.records) { newer, _ in newer }
    waiting.checkpoints = waiting.checkpoints.following(batch.checkpoints)
    waiting.recordBytes = waiting.records.values.reduce(waiting.checkpoints.byteCount) { $0 + $1.byteCount }
    for (key, block) in batch.blocks where block.deletes && waiting.blocks[key] == nil {
      waiting.blocks[key] = block.deletion
      order.append((key, lastNumber))
    }
    finishBatch()
  }

  /// Gives up the blocks that wait to be stored, and says which. What is to be deleted waits on.
  mutating func dropBlocks() -> [PendingBlock] {
    let dropped = waiting.blocks.values.filter { if case .store = $0.change { true } else { false } }
    waiting.blocks = waiting.blocks.filter(\.value.deletes).mapValues(\.deletion)
    waiting.byteCount = 0
    order = order[next...].filter { waiting.blocks[$0.key] != nil }
    next = 0
    doneNumber = max(doneNumber, writing == nil && order.isEmpty ? lastNumber : 0)
    return dropped
  }

  /// The binary's blocks that wait to be stored or deleted, the newest change of a block last.
  func blocks(of binary: BinaryID) -> [PendingBlock] {
    [writing?.blocks ?? [:], waiting.blocks].flatMap { $0.values.filter { $0.binary == binary } }
  }
}

extension WriteQueue.PendingBlock {
  /// Whether the row of before is to go.
  fileprivate var deletes: Bool {
    if case .delete = change { true } else { isAfterDelete }
  }

  fileprivate var deletion: Self { Self(binary: binary, index: index, change: .delete, isAfterDelete: true) }
}
