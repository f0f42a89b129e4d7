/// The tables of the cache's database.
///
/// A file of an earlier version is made anew. A version above ours was written by a newer program and is left alone.
enum Schema {
  /// Kept in the file as `user_version`.
  static let version: Int64 = 5
  /// No program will ever come that far: a version beyond is a damaged header.
  static let absurdVersion: Int64 = 1000
  static let readVersion = "PRAGMA user_version"

  /// Throws when the file is that of another version of this program: what is in it means something else.
  static func checkVersion(_ version: Int64?) throws(SQLiteError) {
    guard let version, version != Self.version, (1...absurdVersion).contains(version) else { return }
    throw .otherVersion(version)
  }

  /// "FUSc", kept in the file as `application_id`.
  static let applicationID: Int64 = 0x4655_5363
  /// Bytes. The rows are small, and most changes touch a few.
  static let pageSize = 4096

  static let statements = [
    // A binary whose blocks are or were cached. It is found by its id, which follows from its name, size and crc
    // (see BinaryID).
    """
    CREATE TABLE binary(
      id INTEGER PRIMARY KEY,           -- 43 bits
      name TEXT NOT NULL,               -- as the server calls it
      size INTEGER NOT NULL,            -- bytes
      crc INTEGER,                      -- CRC-32 of the whole as the server states it; null: not stated
      pinned INTEGER NOT NULL DEFAULT 0 -- 1: its blocks are never evicted
    ) STRICT
    """,
    // A block of ciphertext as the server sent it: 256 KiB, the last of a binary shorter. The bytes are in the file
    // of blocks.
    """
    CREATE TABLE block(
      key INTEGER PRIMARY KEY,          -- binary's id << 20 | index
      checksums BLOB NOT NULL           -- of its bytes, checked at every read, see PieceChecksums
    ) STRICT
    """,
    // 64 neighbouring blocks, which stand together and are evicted together.
    """
    CREATE TABLE block_group(
      key INTEGER PRIMARY KEY,          -- key of its blocks >> 6
      present INTEGER NOT NULL,         -- bit i: the block with index 64 × group + i is cached
      accessed INTEGER NOT NULL,        -- place in the order of use: the lowest is evicted first
      extent INTEGER NOT NULL UNIQUE    -- where its blocks stand in the file of blocks, see BlockFile
    ) STRICT
    """,
    "CREATE INDEX block_group_by_access ON block_group(accessed)",
    // A reply of the server.
    """
    CREATE TABLE reply(
      kind INTEGER NOT NULL,            -- ReplyKind
      key TEXT NOT NULL,                -- what was asked, as the caller writes it
      at INTEGER NOT NULL,              -- when it came: seconds since 1970, UTC
      crc INTEGER NOT NULL,             -- CRC-32 of the bytes
      bytes BLOB NOT NULL,
      PRIMARY KEY(kind, key)
    ) STRICT
    """,
    // Something learnt about a binary, kept as long as the file.
    """
    CREATE TABLE fact(
      binary INTEGER NOT NULL,          -- its id
      name TEXT NOT NULL,
      crc INTEGER NOT NULL,             -- CRC-32 of the bytes
      bytes BLOB NOT NULL,
      PRIMARY KEY(binary, name)
    ) STRICT
    """,
    // A packed stream of which checkpoints are kept: small, so that what they take can be learnt without touching
    // them.
    """
    CREATE TABLE stream(
      id INTEGER PRIMARY KEY,           -- 63 bits, see StreamID
      binary INTEGER NOT NULL,          -- id of the binary it is in
      name TEXT NOT NULL,               -- its path in the binary
      bytes INTEGER NOT NULL            -- what its checkpoints take, about
    ) STRICT
    """,
    // A place in a packed stream where a decoder can begin. The index that the key makes holds no windows: it lists
    // the places of a stream without touching them.
    """
    CREATE TABLE checkpoint(
      stream INTEGER NOT NULL,          -- its id
      output INTEGER NOT NULL,          -- plain bytes before it
      input INTEGER NOT NULL,           -- bits of the packed stream before it
      plain_crc INTEGER NOT NULL,       -- CRC-32 of the plain bytes before it
      window BLOB NOT NULL,             -- the last of them, packed; at most 64 KiB
      crc INTEGER NOT NULL,             -- CRC-32 of all of the above, see Checkpoint+Row
      PRIMARY KEY(stream, output)
    ) STRICT
    """,
  ]

  /// Whether the tables read so in `sqlite_schema`, which keeps the text of each.
  static func isMade(of texts: Set<String>) -> Bool { Set(statements) == texts }

  /// Settings of a file that is still empty. With `auto_vacuum` a file can be made smaller.
  static let fileSettings = "PRAGMA page_size = \(pageSize); PRAGMA auto_vacuum = INCREMENTAL;"

  /// Settings of the connection that writes.
  ///
  /// - `synchronous = OFF`: waiting for the disk halves what can be stored. A killed process loses nothing by it, as
  ///   the kernel has the pages. A power failure may leave pages of the last half minute torn: a block's checksums
  ///   tell a wrong one, and a malformed file is made anew, so that bytes may be fetched again but are never wrong.
  /// - `secure_delete = OFF`: Debian's default overwrites what is deleted, which would write every window a second
  ///   time when it is evicted.
  /// - `wal_autocheckpoint = 0`: the writer makes checkpoints itself, between its transactions.
  static let writerSettings = """
    PRAGMA synchronous = OFF; PRAGMA secure_delete = OFF; PRAGMA wal_autocheckpoint = 0;
    PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY;
    PRAGMA cell_size_check = ON;
    """

  /// Settings of a connection that reads.
  ///
  /// No `mmap_size`: mapped pages count as resident memory, and a file that is cut while mapped ends the process.
  static let readerSettings = """
    PRAGMA query_only = ON; PRAGMA cache_size = -512; PRAGMA temp_store = MEMORY;
    PRAGMA cell_size_check = ON;
    """
}
