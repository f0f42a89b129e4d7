import FirmwareFormats
import Primitives

/// The questions that the cache asks its file, each a statement that is prepared once a connection.
final class CacheReader: Sendable {
  /// Wrong bytes in a row, which is to be deleted.
  struct Damaged: Error {}

  private let connection: SQLiteConnection
  private let statements: Statements

  /// Used by one thread at a time, which `ReadPool` sees to.
  private struct Statements: @unchecked Sendable {
    let group: SQLiteStatement
    let groups: SQLiteStatement
    let binary: SQLiteStatement
    let reply: SQLiteStatement
    let fact: SQLiteStatement
    let outputs: SQLiteStatement
    let checkpoint: SQLiteStatement
  }

  init(_ connection: SQLiteConnection) throws(SQLiteError) {
    let version = try connection.integer(Schema.readVersion)
    try Schema.checkVersion(version)
    // The version comes with the tables.
    if version == 0, try connection.integer("SELECT count(*) FROM sqlite_schema") == 0 { throw .notMade }
    statements = Statements(
      group: try connection.prepare(
        """
        SELECT extent, block.key, checksums FROM block_group
        JOIN block ON block.key BETWEEN block_group.key << 6 AND (block_group.key << 6) + 63
        WHERE block_group.key = ?
        """),
      groups: try connection.prepare("SELECT key, present FROM block_group WHERE key BETWEEN ? AND ?"),
      binary: try connection.prepare("SELECT name, size, crc, pinned FROM binary WHERE id = ?"),
      reply: try connection.prepare("SELECT crc, bytes, at FROM reply WHERE kind = ? AND key = ?"),
      fact: try connection.prepare("SELECT crc, bytes FROM fact WHERE binary = ? AND name = ?"),
      outputs: try connection.prepare("SELECT output FROM checkpoint WHERE stream = ? ORDER BY output"),
      checkpoint: try connection.prepare(
        "SELECT input, plain_crc, window, crc FROM checkpoint WHERE stream = ? AND output = ?"))
    self.connection = connection
  }

  /// What is cached of a group; nil if nothing is.
  func group(_ key: Int64) throws(SQLiteError) -> CachedGroup? {
    try statements.group.bind(key, at: 1)
    let rows = try statements.group.rows {
      ($0.integer(0), $0.integer(1), PieceChecksums(stored: $0.bytes(2)))
    }
    guard let extent = rows.first.flatMap({ BlockFile.extent($0.0) }) else { return nil }
    return CachedGroup(extent: extent, checksums: rows.map { (key: $0.1, checksums: $0.2) })
  }

  /// The bitmaps of the groups with these keys.
  func groups(_ keys: ClosedRange<Int64>) throws(SQLiteError) -> [(key: Int64, present: UInt64)] {
    try statements.groups.bind(keys.lowerBound, at: 1)
    try statements.groups.bind(keys.upperBound, at: 2)
    // A damaged file may give other rows than were asked for.
    return try statements.groups.rows { (key: $0.integer(0), present: UInt64(bitPattern: $0.integer(1))) }
      .filter { keys.contains($0.key) }
  }

  /// Who has the binary's number; nil if nobody has it yet.
  func binary(_ number: Int64) throws(SQLiteError) -> (binary: BinaryID, isPinned: Bool)? {
    try statements.binary.bind(number, at: 1)
    return try statements.binary.first(Self.binary)
  }

  /// All binaries with a row, in the order of their names.
  func binaries() throws(SQLiteError) -> [(binary: BinaryID, isPinned: Bool)] {
    try connection.prepare("SELECT name, size, crc, pinned FROM binary ORDER BY name, id").rows(Self.binary)
  }

  /// The columns `name, size, crc, pinned` of a row.
  private static func binary(_ row: SQLiteStatement) -> (binary: BinaryID, isPinned: Bool) {
    (
      BinaryID(
        name: row.text(0), size: UInt64(exactly: row.integer(1)) ?? .max,
        crc32: row.optionalInteger(2).flatMap { UInt32(exactly: $0) }),
      row.integer(3) != 0
    )
  }

  func reply(_ kind: ReplyKind, key: String) throws(SQLiteError) -> Result<StoredReply, Damaged>? {
    try statements.reply.bind(kind.rawValue, at: 1)
    try statements.reply.bind(key, at: 2)
    return try statements.reply.first { row in
      let bytes = row.bytes(1)
      guard Int64(bytes.crc32) == row.integer(0) else { return .failure(Damaged()) }
      return .success(StoredReply(bytes: bytes, at: row.integer(2)))
    }
  }

  func replyKeys(_ kind: ReplyKind) throws(SQLiteError) -> [String] {
    try connection.prepare("SELECT key FROM reply WHERE kind = \(kind.rawValue)").rows { $0.text(0) }
  }

  func fact(_ name: String, of binary: BinaryID) throws(SQLiteError) -> Result<[UInt8], Damaged>? {
    try statements.fact.bind(binary.number, at: 1)
    try statements.fact.bind(name, at: 2)
    return try statements.fact.first { row in
      let bytes = row.bytes(1)
      return Int64(bytes.crc32) == row.integer(0) ? .success(bytes) : .failure(Damaged())
    }
  }

  /// Plain bytes before each of the stream's checkpoints, in order.
  func outputs(of stream: StreamID) throws(SQLiteError) -> [UInt64] {
    try statements.outputs.bind(stream.number, at: 1)
    return try statements.outputs.rows { UInt64(exactly: $0.integer(0)) }.compactMap(\.self)
  }

  /// The stream's checkpoint after so many plain bytes; nil if there is none.
  func checkpoint(
    at output: UInt64, of stream: StreamID
  ) throws(SQLiteError) -> Result<Checkpoint, Damaged>? {
    guard let key = Int64(exactly: output) else { return nil }
    try statements.checkpoint.bind(stream.number, at: 1)
    try statements.checkpoint.bind(key, at: 2)
    return try statements.checkpoint.first { row in
      guard let input = UInt64(exactly: row.integer(0)), let plain = UInt32(exactly: row.integer(1)) else {
        return .failure(Damaged())
      }
      let found = Checkpoint(output: output, input: input, crc32: plain, window: row.bytes(2))
      guard found.fitsARow, Int64(found.rowChecksum(of: stream)) == row.integer(3) else {
        return .failure(Damaged())
      }
      return .success(found)
    }
  }

  /// About how many bytes all checkpoints take.
  func indexBytes() throws(SQLiteError) -> UInt64 {
    UInt64(try StreamSizes.total(connection.prepare(StreamSizes.all)))
  }
}
