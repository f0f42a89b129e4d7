import FirmwareFormats
import Primitives

/// The one connection of this process that changes the file. Used by the writer thread alone.
final class CacheWriter {
  /// What a batch did beyond being written.
  struct Outcome {
    /// Keys of the groups that made room.
    var evicted: [Int64] = []
    /// Whether there was room for the blocks; if not, they are not in the file.
    var hadRoom = true
    /// The same of the checkpoints.
    var hadIndexRoom = true
    /// Binaries whose number another one has in the file; their blocks are not there.
    var rejected: Set<BinaryID> = []
  }

  static let pageSize = 65536
  /// Bytes in the write-ahead log after which they are copied into the database. The log is read once when the file
  /// is opened after a crash, which this keeps under 20 ms.
  private static let checkpointBytes = 16 << 20
  /// A log this long means that passive checkpoints do not get through.
  private static let longLogBytes = 128 << 20
  /// Free pages that are given back in one step, and those that are kept to be used again.
  private static let vacuumPages = 256
  /// No order of use will ever come that far: a place beyond is damaged.
  private static let absurdPlace: Int64 = 1 << 62

  let identity: CacheDirectory.FileIdentity
  let connection: SQLiteConnection
  let turn: WriteTurn
  let statements: Statements

  /// Binaries that are known to have their row, or not to get one.
  private var knownBinaries: [BinaryID: Bool] = [:]
  private var bytesSinceCheckpoint = 0

  init(_ file: CacheFile.Opened, turn: WriteTurn) throws(SQLiteError) {
    self.turn = turn
    connection = file.connection
    identity = file.identity
    statements = try Statements(connection)
  }

  /// Makes room for the batch's blocks, writes all of it in one transaction, and makes a checkpoint when it is time.
  func apply(_ batch: WriteQueue.Batch, limit: UInt64) throws(SQLiteError) -> Outcome {
    do {
      var outcome = Outcome()
      if batch.checkpoints.byteCount > 0 {
        outcome.hadIndexRoom = try makeIndexRoom(for: batch.checkpoints.byteCount, limit: limit)
      }
      let indexBytes = outcome.hadIndexRoom ? batch.checkpoints.byteCount : 0
      if batch.byteCount + indexBytes > 0 {
        outcome.hadRoom = try makeRoom(
          for: batch.byteCount + indexBytes, limit: limit, evicted: &outcome.evicted)
      }
      if !outcome.hadRoom { outcome.hadIndexRoom = false }
      let (hadRoom, hadIndexRoom) = (outcome.hadRoom, outcome.hadIndexRoom)
      outcome.rejected = try connection.transaction(turn: turn) { () throws(SQLiteError) in
        try write(batch.checkpoints, storing: hadIndexRoom)
        return try write(batch, storing: hadRoom)
      }
      bytesSinceCheckpoint += batch.byteCount + batch.recordBytes
      if bytesSinceCheckpoint >= Self.checkpointBytes { try checkpoint() }
      return outcome
    } catch {
      knownBinaries = [:]
      throw error
    }
  }

  /// Evicts what is over the limit, and gives some free pages back to the file system; true when more is to be done.
  func tidy(limit: UInt64, evicted: inout [Int64]) throws(SQLiteError) -> Bool {
    _ = try makeIndexRoom(for: 0, limit: limit)
    _ = try makeRoom(for: 0, limit: limit, evicted: &evicted)
    let free = try connection.integer("PRAGMA freelist_count") ?? 0
    let pages = try connection.integer("PRAGMA page_count") ?? 0
    guard free > Self.vacuumPages, UInt64(pages) * UInt64(Self.pageSize) > limit else { return false }
    // Each row that the statement gives is a page moved.
    try connection.prepare("PRAGMA incremental_vacuum(\(Self.vacuumPages))").run()
    try checkpoint()
    return true
  }

  /// Leaves a short log to whoever opens the file next.
  func finish() throws(SQLiteError) { try connection.checkpoint(.truncate) }

  private func checkpoint() throws(SQLiteError) {
    let frames = try connection.checkpoint(.passive)
    bytesSinceCheckpoint = 0
    if let frames, frames > Self.longLogBytes / Self.pageSize { try connection.checkpoint(.truncate) }
  }
}

// Eviction.
extension CacheWriter {
  /// Evicts the groups that were not used for longest, each in a transaction of its own, until `bytes` more fit.
  ///
  /// What counts is the pages in use, of blocks and of everything else: so the file stays under the limit, too, as
  /// free pages are used before it grows.
  private func makeRoom(
    for bytes: Int, limit: UInt64, evicted: inout [Int64]
  ) throws(SQLiteError) -> Bool {
    // A leaf of the tree beside 28 pages with the bytes of 7 blocks, and some pages for other rows.
    let needed = bytes == 0 ? 0 : UInt64(bytes + bytes / 28 + 4 * Self.pageSize)
    while true {
      let pages = try connection.integer("PRAGMA page_count") ?? 0
      let free = try connection.integer("PRAGMA freelist_count") ?? 0
      if UInt64(max(0, pages - free)) * UInt64(Self.pageSize) + needed <= limit { return true }
      let group = try connection.transaction(turn: turn) { () throws(SQLiteError) in try evictOldestGroup() }
      guard let group else { return false }
      evicted.append(group)
    }
  }

  private func evictOldestGroup() throws(SQLiteError) -> Int64? {
    guard let group = try statements.oldestGroup.first({ $0.integer(0) }) else { return nil }
    let first = group << Int64(BinaryID.groupBits)
    try statements.evictBlocks.bind(first, at: 1)
    try statements.evictBlocks.bind(first + 63, at: 2)
    try statements.evictBlocks.run()
    try statements.evictGroup.bind(group, at: 1)
    try statements.evictGroup.run()
    return group
  }
}

// Rows.
extension CacheWriter {
  private func write(_ batch: WriteQueue.Batch, storing: Bool) throws(SQLiteError) -> Set<BinaryID> {
    var accessed = try nextPlace()
    for group in batch.touched {
      try statements.touchGroup.bind(group, at: 1)
      try statements.touchGroup.bind(accessed, at: 2)
      try statements.touchGroup.run()
      accessed += 1
    }
    var rejected: Set<BinaryID> = []
    var added: [Int64: UInt64] = [:]
    for (key, block) in batch.blocks.sorted(by: { $0.key < $1.key }) {
      let position = GroupPosition(blockKey: key)
      switch block.change {
      case .store(let bytes, let crc32):
        guard storing else { continue }
        guard try hasRow(block.binary) else {
          rejected.insert(block.binary)
          continue
        }
        try statements.storeBlock.bind(key, at: 1)
        try statements.storeBlock.bind(Int64(crc32), at: 2)
        try statements.storeBlock.run(binding: bytes, at: 3)
        added[position.key, default: 0] |= position.bit
      case .delete:
        try statements.deleteBlock.bind(key, at: 1)
        try statements.deleteBlock.run()
        try statements.takeFromGroup.bind(position.key, at: 1)
        try statements.takeFromGroup.bind(Int64(bitPattern: position.bit), at: 2)
        try statements.takeFromGroup.run()
        try statements.deleteEmptyGroup.bind(position.key, at: 1)
        try statements.deleteEmptyGroup.run()
      }
    }
    for (group, bits) in added.sorted(by: { $0.key < $1.key }) {
      try statements.addToGroup.bind(group, at: 1)
      try statements.addToGroup.bind(Int64(bitPattern: bits), at: 2)
      try statements.addToGroup.bind(accessed, at: 3)
      try statements.addToGroup.run()
      accessed += 1
    }
    for (record, change) in batch.records { try write(record, change) }
    return rejected
  }

  /// The place in the order of use behind all others.
  private func nextPlace() throws(SQLiteError) -> Int64 {
    let last = try connection.integer("SELECT max(accessed) FROM block_group") ?? 0
    guard last < Self.absurdPlace else { throw .damaged("a group's place in the order of use is \(last)") }
    return last + 1
  }

  private func write(_ record: WriteQueue.Record, _ change: WriteQueue.RecordChange) throws(SQLiteError) {
    switch (record, change) {
    case (.reply(let kind, let key), .store(let bytes, let at)):
      try statements.storeReply.bind(kind.rawValue, at: 1)
      try statements.storeReply.bind(key, at: 2)
      try statements.storeReply.bind(at, at: 3)
      try statements.storeReply.bind(Int64(bytes.crc32), at: 4)
      try statements.storeReply.bind(bytes, at: 5)
      try statements.storeReply.run()
    case (.reply(let kind, let key), .delete):
      try statements.deleteReply.bind(kind.rawValue, at: 1)
      try statements.deleteReply.bind(key, at: 2)
      try statements.deleteReply.run()
    case (.fact(let binary, let name), .store(let bytes, _)):
      guard try hasRow(binary) else { return }
      try statements.storeFact.bind(binary.number, at: 1)
      try statements.storeFact.bind(name, at: 2)
      try statements.storeFact.bind(Int64(bytes.crc32), at: 3)
      try statements.storeFact.bind(bytes, at: 4)
      try statements.storeFact.run()
    case (.fact(let binary, let name), .delete):
      try statements.deleteFact.bind(binary.number, at: 1)
      try statements.deleteFact.bind(name, at: 2)
      try statements.deleteFact.run()
    case (.pin(let binary), .store): try setPin(binary, true)
    case (.pin(let binary), .delete): try setPin(binary, false)
    }
  }

  private func setPin(_ binary: BinaryID, _ isPinned: Bool) throws(SQLiteError) {
    guard try hasRow(binary) else { return }
    try statements.pinBinary.bind(binary.number, at: 1)
    try statements.pinBinary.bind(isPinned ? 1 : 0, at: 2)
    try statements.pinBinary.run()
  }

  /// Sees to it that the binary has its row; false if another one has its number.
  func hasRow(_ binary: BinaryID) throws(SQLiteError) -> Bool {
    if let known = knownBinaries[binary] { return known }
    guard binary.grid != nil, let size = Int64(exactly: binary.size) else { return false }
    let crc = binary.crc32.map { Int64($0) }
    try statements.storeBinary.bind(binary.number, at: 1)
    try statements.storeBinary.bind(binary.name, at: 2)
    try statements.storeBinary.bind(size, at: 3)
    try statements.storeBinary.bind(crc, at: 4)
    try statements.storeBinary.run()
    try statements.countBinary.bind(binary.number, at: 1)
    try statements.countBinary.bind(binary.name, at: 2)
    try statements.countBinary.bind(size, at: 3)
    try statements.countBinary.bind(crc, at: 4)
    let isOurs = try statements.countBinary.first { $0.integer(0) } == 1
    knownBinaries[binary] = isOurs
    return isOurs
  }
}
