/// The statements that change the file, each prepared once.
extension CacheWriter {
  struct Statements {
    let version: SQLiteStatement
    let storeBlock: SQLiteStatement
    let deleteBlock: SQLiteStatement
    let addToGroup: SQLiteStatement
    let takeFromGroup: SQLiteStatement
    let storeGroup: SQLiteStatement
    let extentOfGroup: SQLiteStatement
    let freeExtent: SQLiteStatement
    let presentBlocks: SQLiteStatement
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
      version = try connection.prepare(Schema.readVersion)
      storeBlock = try connection.prepare("INSERT OR REPLACE INTO block(key, checksums) VALUES(?, ?)")
      deleteBlock = try connection.prepare("DELETE FROM block WHERE key = ?")
      addToGroup = try connection.prepare(
        "UPDATE block_group SET present = present | ?2, accessed = ?3 WHERE key = ?1")
      takeFromGroup = try connection.prepare("UPDATE block_group SET present = present & ~?2 WHERE key = ?1")
      storeGroup = try connection.prepare(
        "INSERT INTO block_group(key, present, extent, accessed) VALUES(?, 0, ?, ?)")
      extentOfGroup = try connection.prepare("SELECT extent FROM block_group WHERE key = ?")
      // The lowest that no group has; the index gives the extents in order.
      freeExtent = try connection.prepare(
        """
        SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM block_group WHERE extent = 0)
        UNION ALL SELECT * FROM (
          SELECT extent + 1 FROM block_group AS used
          WHERE NOT EXISTS (SELECT 1 FROM block_group WHERE extent = used.extent + 1)
          ORDER BY extent LIMIT 1)
        LIMIT 1
        """)
      presentBlocks = try connection.prepare("SELECT present FROM block_group")
      touchGroup = try connection.prepare("UPDATE block_group SET accessed = ?2 WHERE key = ?1")
      oldestGroup = try connection.prepare(
        """
        SELECT block_group.key, block_group.extent, block_group.present FROM block_group LEFT JOIN binary ON binary.id = block_group.key >> 14
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
