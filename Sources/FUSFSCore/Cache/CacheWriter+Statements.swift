/// The statements that change the file, each prepared once.
extension CacheWriter {
  struct Statements {
    let storeBlock: SQLiteStatement
    let deleteBlock: SQLiteStatement
    let addToGroup: SQLiteStatement
    let takeFromGroup: SQLiteStatement
    let deleteEmptyGroup: SQLiteStatement
    let touchGroup: SQLiteStatement
    let oldestGroup: SQLiteStatement
    let evictBlocks: SQLiteStatement
    let evictGroup: SQLiteStatement
    let storeBinary: SQLiteStatement
    let countBinary: SQLiteStatement
    let pinBinary: SQLiteStatement
    let storeReply: SQLiteStatement
    let deleteReply: SQLiteStatement
    let storeFact: SQLiteStatement
    let deleteFact: SQLiteStatement
    let indexes: IndexStatements

    init(_ connection: SQLiteConnection) throws(SQLiteError) {
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
      indexes = try IndexStatements(connection)
    }
  }
}
