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

  /// Bytes in the write-ahead log after which they are copied into the database. The log is read once when the file
  /// is opened after a crash, which this keeps short.
  private static let checkpointBytes = 4 << 20
  /// A log this long means that passive checkpoints do not get through.
  private static let longLogBytes = 128 << 20
  /// Free pages that are kept to be used again, and those that are given back in one step.
  private static let vacuumPages = 4096

  let identity: CacheDirectory.FileIdentity
  let isFileNew: Bool
  let connection: SQLiteConnection
  let blocks: BlockFile
  private let turn: WriteTurn
  let statements: Statements

  /// Binaries that are known to have their row, or not to get one.
  private var knownBinaries: [BinaryID: Bool] = [:]
  private var bytesSinceCheckpoint = 0

  init(_ file: CacheFile.Opened, turn: WriteTurn) throws(SQLiteError) {
    self.turn = turn
    connection = file.connection
    blocks = file.blocks
    identity = file.identity
    isFileNew = file.isNew
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
      outcome.rejected = try transaction { () throws(SQLiteError) in
        try write(batch.checkpoints, storing: hadIndexRoom)
        for (record, change) in batch.records { try write(record, change) }
        return try write(batch, storing: hadRoom)
      }
      bytesSinceCheckpoint += Self.rowBytes + batch.recordBytes
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
    guard free > Self.vacuumPages, free > pages / 2 else { return false }
    // Each row that the statement gives is a page moved.
    try connection.prepare("PRAGMA incremental_vacuum(\(Self.vacuumPages))").run()
    try checkpoint()
    return true
  }

  /// Leaves a short log to whoever opens the file next.
  func finish() throws(SQLiteError) { try connection.checkpoint(.truncate) }

  /// All rows are changed so: a file that another version of the program has made its own is left alone.
  func transaction<Result>(_ body: () throws(SQLiteError) -> Result) throws(SQLiteError) -> Result {
    try connection.transaction(turn: turn) { () throws(SQLiteError) in
      try Schema.checkVersion(statements.version.first { $0.integer(0) })
      return try body()
    }
  }

  private func checkpoint() throws(SQLiteError) {
    let frames = try connection.checkpoint(.passive)
    bytesSinceCheckpoint = 0
    if let frames, frames > Self.longLogBytes / Schema.pageSize { try connection.checkpoint(.truncate) }
  }
}

// Rows.
extension CacheWriter {
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
