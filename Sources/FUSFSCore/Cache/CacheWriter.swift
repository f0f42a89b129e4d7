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

  let identity: CacheDirectory.FileIdentity
  private let connection: SQLiteConnection
  private let turn: WriteTurn
  private let storeBlock: SQLiteStatement
  private let deleteBlock: SQLiteStatement
  private let addToGroup: SQLiteStatement
  private let takeFromGroup: SQLiteStatement
  private let deleteEmptyGroup: SQLiteStatement
  private let touchGroup: SQLiteStatement
  private let oldestGroup: SQLiteStatement
  private let evictBlocks: SQLiteStatement
  private let evictGroup: SQLiteStatement
  private let storeBinary: SQLiteStatement
  private let countBinary: SQLiteStatement
  private let pinBinary: SQLiteStatement
  private let storeReply: SQLiteStatement
  private let deleteReply: SQLiteStatement
  private let storeFact: SQLiteStatement
  private let deleteFact: SQLiteStatement

  /// Binaries that are known to have their row, or not to get one.
  private var knownBinaries: [BinaryID: Bool] = [:]
  private var bytesSinceCheckpoint = 0

  init(_ file: CacheFile.Opened, turn: WriteTurn) throws(SQLiteError) {
    self.turn = turn
    let connection = file.connection
    self.connection = connection
    identity = file.identity
    storeBlock = try connection.prepare("INSERT OR REPLACE INTO block(key, crc, bytes) VALUES(?, ?, ?)")
    deleteBlock = try connection.prepare("DELETE FROM block WHERE key = ?")
    addToGroup = try connection.prepare(
      """
      INSERT INTO block_group(key, present, accessed) VALUES(?, ?, ?)
      ON CONFLICT(key) DO UPDATE SET present = present | excluded.present, accessed = excluded.accessed
      """)
    takeFromGroup = try connection.prepare("UPDATE block_group SET present = present & ~?2 WHERE key = ?1")
    deleteEmptyGroup = try connection.prepare("DELETE FROM block_group WHERE key = ? AND present = 0")
    touchGroup = try connection.prepare("UPDATE block_group SET accessed = ?2 WHERE key = ?1")
    oldestGroup = try connection.prepare(
      """
      SELECT block_group.key FROM block_group LEFT JOIN binary ON binary.id = block_group.key >> 14
      WHERE coalesce(binary.pinned, 0) = 0 ORDER BY block_group.accessed LIMIT 1
      """)
    evictBlocks = try connection.prepare("DELETE FROM block WHERE key BETWEEN ? AND ?")
    evictGroup = try connection.prepare("DELETE FROM block_group WHERE key = ?")
    storeBinary = try connection.prepare(
      "INSERT OR IGNORE INTO binary(id, name, size, crc) VALUES(?, ?, ?, ?)")
    countBinary = try connection.prepare(
      "SELECT count(*) FROM binary WHERE id = ? AND name = ? AND size = ? AND crc IS ?")
    pinBinary = try connection.prepare("UPDATE binary SET pinned = ?2 WHERE id = ?1")
    storeReply = try connection.prepare(
      "INSERT OR REPLACE INTO reply(kind, key, at, crc, bytes) VALUES(?, ?, ?, ?, ?)")
    deleteReply = try connection.prepare("DELETE FROM reply WHERE kind = ? AND key = ?")
    storeFact = try connection.prepare(
      "INSERT OR REPLACE INTO fact(binary, name, crc, bytes) VALUES(?, ?, ?, ?)")
    deleteFact = try connection.prepare("DELETE FROM fact WHERE binary = ? AND name = ?")
  }

  /// Makes room for the batch's blocks, writes all of it in one transaction, and makes a checkpoint when it is time.
  func apply(_ batch: WriteQueue.Batch, limit: UInt64) throws(SQLiteError) -> Outcome {
    do {
      var outcome = Outcome()
      if batch.byteCount > 0 {
        outcome.hadRoom = try makeRoom(for: batch.byteCount, limit: limit, evicted: &outcome.evicted)
      }
      let hadRoom = outcome.hadRoom
      outcome.rejected = try connection.transaction(turn: turn) { () throws(SQLiteError) in
        try write(batch, storing: hadRoom)
      }
      bytesSinceCheckpoint += batch.byteCount
      if bytesSinceCheckpoint >= Self.checkpointBytes { try checkpoint() }
      return outcome
    } catch {
      knownBinaries = [:]
      throw error
    }
  }

  /// Evicts what is over the limit, and gives some free pages back to the file system; true when more is to be done.
  func tidy(limit: UInt64, evicted: inout [Int64]) throws(SQLiteError) -> Bool {
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
    guard let group = try oldestGroup.first({ $0.integer(0) }) else { return nil }
    let first = group << Int64(BinaryID.groupBits)
    try evictBlocks.bind(first, at: 1)
    try evictBlocks.bind(first + 63, at: 2)
    try evictBlocks.run()
    try evictGroup.bind(group, at: 1)
    try evictGroup.run()
    return group
  }
}

// Rows.
extension CacheWriter {
  private func write(_ batch: WriteQueue.Batch, storing: Bool) throws(SQLiteError) -> Set<BinaryID> {
    var accessed = (try connection.integer("SELECT max(accessed) FROM block_group") ?? 0) + 1
    for group in batch.touched {
      try touchGroup.bind(group, at: 1)
      try touchGroup.bind(accessed, at: 2)
      try touchGroup.run()
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
        try storeBlock.bind(key, at: 1)
        try storeBlock.bind(Int64(crc32), at: 2)
        try storeBlock.run(binding: bytes, at: 3)
        added[position.key, default: 0] |= position.bit
      case .delete:
        try deleteBlock.bind(key, at: 1)
        try deleteBlock.run()
        try takeFromGroup.bind(position.key, at: 1)
        try takeFromGroup.bind(Int64(bitPattern: position.bit), at: 2)
        try takeFromGroup.run()
        try deleteEmptyGroup.bind(position.key, at: 1)
        try deleteEmptyGroup.run()
      }
    }
    for (group, bits) in added.sorted(by: { $0.key < $1.key }) {
      try addToGroup.bind(group, at: 1)
      try addToGroup.bind(Int64(bitPattern: bits), at: 2)
      try addToGroup.bind(accessed, at: 3)
      try addToGroup.run()
      accessed += 1
    }
    for (record, change) in batch.records { try write(record, change) }
    return rejected
  }

  private func write(_ record: WriteQueue.Record, _ change: WriteQueue.RecordChange) throws(SQLiteError) {
    switch (record, change) {
    case (.reply(let kind, let key), .store(let bytes, let at)):
      try storeReply.bind(kind.rawValue, at: 1)
      try storeReply.bind(key, at: 2)
      try storeReply.bind(at, at: 3)
      try storeReply.bind(Int64(bytes.crc32), at: 4)
      try storeReply.bind(bytes, at: 5)
      try storeReply.run()
    case (.reply(let kind, let key), .delete):
      try deleteReply.bind(kind.rawValue, at: 1)
      try deleteReply.bind(key, at: 2)
      try deleteReply.run()
    case (.fact(let binary, let name), .store(let bytes, _)):
      guard try hasRow(binary) else { return }
      try storeFact.bind(binary.number, at: 1)
      try storeFact.bind(name, at: 2)
      try storeFact.bind(Int64(bytes.crc32), at: 3)
      try storeFact.bind(bytes, at: 4)
      try storeFact.run()
    case (.fact(let binary, let name), .delete):
      try deleteFact.bind(binary.number, at: 1)
      try deleteFact.bind(name, at: 2)
      try deleteFact.run()
    case (.pin(let binary), .store): try setPin(binary, true)
    case (.pin(let binary), .delete): try setPin(binary, false)
    }
  }

  private func setPin(_ binary: BinaryID, _ isPinned: Bool) throws(SQLiteError) {
    guard try hasRow(binary) else { return }
    try pinBinary.bind(binary.number, at: 1)
    try pinBinary.bind(isPinned ? 1 : 0, at: 2)
    try pinBinary.run()
  }

  /// Sees to it that the binary has its row; false if another one has its number.
  private func hasRow(_ binary: BinaryID) throws(SQLiteError) -> Bool {
    if let known = knownBinaries[binary] { return known }
    guard binary.grid != nil, let size = Int64(exactly: binary.size) else { return false }
    let crc = binary.crc32.map { Int64($0) }
    try storeBinary.bind(binary.number, at: 1)
    try storeBinary.bind(binary.name, at: 2)
    try storeBinary.bind(size, at: 3)
    try storeBinary.bind(crc, at: 4)
    try storeBinary.run()
    try countBinary.bind(binary.number, at: 1)
    try countBinary.bind(binary.name, at: 2)
    try countBinary.bind(size, at: 3)
    try countBinary.bind(crc, at: 4)
    let isOurs = try countBinary.first { $0.integer(0) } == 1
    knownBinaries[binary] = isOurs
    return isOurs
  }
}
