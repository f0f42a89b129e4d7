import FirmwareFormats

// Checkpoints, and what they may take.
extension CacheWriter {
  struct IndexStatements {
    let storeStream: SQLiteStatement
    let streamBytes: SQLiteStatement
    let setStreamBytes: SQLiteStatement
    let deleteStream: SQLiteStatement
    let allBytes: SQLiteStatement
    let windowLength: SQLiteStatement
    let storeCheckpoint: SQLiteStatement
    let deleteCheckpoint: SQLiteStatement
    let deleteCheckpoints: SQLiteStatement
    let oldestStream: SQLiteStatement
    let firstCheckpoints: SQLiteStatement
    let evictCheckpoints: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(SQLiteError) {
      storeStream = try connection.prepare(
        "INSERT OR IGNORE INTO stream(id, binary, name, bytes) VALUES(?, ?, ?, 0)")
      streamBytes = try connection.prepare("SELECT bytes FROM stream WHERE id = ?")
      setStreamBytes = try connection.prepare("UPDATE stream SET bytes = ?2 WHERE id = ?1")
      deleteStream = try connection.prepare("DELETE FROM stream WHERE id = ?")
      allBytes = try connection.prepare(StreamSizes.all)
      windowLength = try connection.prepare(
        "SELECT length(window) FROM checkpoint WHERE stream = ? AND output = ?")
      storeCheckpoint = try connection.prepare(
        """
        INSERT OR REPLACE INTO checkpoint(stream, output, input, plain_crc, window, crc)
        VALUES(?, ?, ?, ?, ?, ?)
        """)
      deleteCheckpoint = try connection.prepare("DELETE FROM checkpoint WHERE stream = ? AND output = ?")
      deleteCheckpoints = try connection.prepare("DELETE FROM checkpoint WHERE stream = ?")
      oldestStream = try connection.prepare(
        """
        SELECT stream.id FROM stream LEFT JOIN binary ON binary.id = stream.binary
        LEFT JOIN (SELECT key >> 14 AS number, max(accessed) AS place FROM block_group GROUP BY key >> 14)
        ON number = stream.binary
        ORDER BY coalesce(binary.pinned, 0) <> 0, place NULLS FIRST, stream.binary, stream.id LIMIT 1
        """)
      firstCheckpoints = try connection.prepare(
        "SELECT output, length(window) FROM checkpoint WHERE stream = ? ORDER BY output LIMIT ?")
      evictCheckpoints = try connection.prepare("DELETE FROM checkpoint WHERE stream = ? AND output <= ?")
    }
  }

  /// What checkpoints may take of the limit, so that they leave room for blocks.
  private static let indexShare: UInt64 = 4
  /// Checkpoints that are removed in one transaction.
  private static let evictedAtOnce: Int64 = 256

  /// Removes checkpoints until `bytes` more fit: those of the binary that was not used for longest, pinned ones last.
  /// In a stream the first go first, as without them the way from its beginning is shortest.
  func makeIndexRoom(for bytes: Int, limit: UInt64) throws(SQLiteError) -> Bool {
    let bound = limit / Self.indexShare
    guard UInt64(bytes) <= bound else { return false }
    while UInt64(try StreamSizes.total(statements.indexes.allBytes)) > bound - UInt64(bytes) {
      let isDone = try transaction { () throws(SQLiteError) in
        try !evictOldestCheckpoints()
      }
      if isDone { break }
    }
    return true
  }

  /// False if there are none left.
  private func evictOldestCheckpoints() throws(SQLiteError) -> Bool {
    let statements = statements.indexes
    guard let stream = try statements.oldestStream.first({ $0.integer(0) }) else { return false }
    try statements.firstCheckpoints.bind(stream, at: 1)
    try statements.firstCheckpoints.bind(Self.evictedAtOnce, at: 2)
    let first = try statements.firstCheckpoints.rows { ($0.integer(0), Self.rowBytes($0.integer(1))) }
    guard let last = first.last, first.count == Self.evictedAtOnce else {
      try deleteStream(stream)
      return true
    }
    try statements.evictCheckpoints.bind(stream, at: 1)
    try statements.evictCheckpoints.bind(last.0, at: 2)
    try statements.evictCheckpoints.run()
    try addBytes(-first.reduce(0) { $0 + $1.1 }, to: stream)
    return true
  }

  /// Writes the changes; when there is no room, only those that remove.
  func write(_ pending: PendingCheckpoints, storing: Bool) throws(SQLiteError) {
    for stream in pending.removed { try deleteStream(stream.number) }
    for (stream, changes) in pending.changes {
      guard try hasRow(stream.binary) else { continue }
      try statements.indexes.storeStream.bind(stream.number, at: 1)
      try statements.indexes.storeStream.bind(stream.binary.number, at: 2)
      try statements.indexes.storeStream.bind(stream.name, at: 3)
      try statements.indexes.storeStream.run()
      var added: Int64 = 0
      for (output, change) in changes.sorted(by: { $0.key < $1.key }) {
        guard let key = Int64(exactly: output) else { continue }
        switch change {
        case .keep(let checkpoint):
          guard storing else { continue }
          added += Self.rowBytes(Int64(checkpoint.window.count)) - (try storedBytes(at: key, of: stream))
          try store(checkpoint, at: key, of: stream)
        case .delete:
          added -= try storedBytes(at: key, of: stream)
          try statements.indexes.deleteCheckpoint.bind(stream.number, at: 1)
          try statements.indexes.deleteCheckpoint.bind(key, at: 2)
          try statements.indexes.deleteCheckpoint.run()
        }
      }
      try addBytes(added, to: stream.number)
    }
  }

  private func store(_ checkpoint: Checkpoint, at key: Int64, of stream: StreamID) throws(SQLiteError) {
    let statement = statements.indexes.storeCheckpoint
    try statement.bind(stream.number, at: 1)
    try statement.bind(key, at: 2)
    try statement.bind(Int64(exactly: checkpoint.input), at: 3)
    try statement.bind(Int64(checkpoint.crc32), at: 4)
    try statement.bind(checkpoint.window, at: 5)
    try statement.bind(Int64(checkpoint.rowChecksum(of: stream)), at: 6)
    try statement.run()
  }

  /// What the row takes that may be there already.
  private func storedBytes(at key: Int64, of stream: StreamID) throws(SQLiteError) -> Int64 {
    try statements.indexes.windowLength.bind(stream.number, at: 1)
    try statements.indexes.windowLength.bind(key, at: 2)
    return try statements.indexes.windowLength.first { Self.rowBytes($0.integer(0)) } ?? 0
  }

  private static func rowBytes(_ window: Int64) -> Int64 { Int64(Checkpoint.rowBytes(window: Int(window))) }

  private func addBytes(_ bytes: Int64, to stream: Int64) throws(SQLiteError) {
    try statements.indexes.streamBytes.bind(stream, at: 1)
    guard let earlier = try statements.indexes.streamBytes.first({ $0.integer(0) }) else { return }
    try statements.indexes.setStreamBytes.bind(stream, at: 1)
    try statements.indexes.setStreamBytes.bind(
      StreamSizes.clamped(StreamSizes.clamped(earlier) + bytes), at: 2)
    try statements.indexes.setStreamBytes.run()
  }

  private func deleteStream(_ stream: Int64) throws(SQLiteError) {
    try statements.indexes.deleteCheckpoints.bind(stream, at: 1)
    try statements.indexes.deleteCheckpoints.run()
    try statements.indexes.deleteStream.bind(stream, at: 1)
    try statements.indexes.deleteStream.run()
  }
}
