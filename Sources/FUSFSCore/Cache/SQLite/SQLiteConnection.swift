import CSQLite
import Primitives

/// One connection to a database. Only one thread at a time may use it and its statements.
@safe
final class SQLiteConnection: @unchecked Sendable {
  enum Access {
    case readWrite
    case readOnly
    /// For a file on a medium that nobody can write: without locks or write-ahead log.
    case immutable
  }

  enum Checkpoint {
    /// As much as is possible without waiting for anybody.
    case passive
    /// All of it, after which the log is empty; waits a moment for readers and writers.
    case truncate
  }

  /// How long a lock is waited for before SQLITE_BUSY, in milliseconds.
  private static let busyLimit: Int32 = 10_000
  /// The pause between two attempts, short and always the same: SQLite's own grows to 100 ms, with which a process
  /// hardly ever meets the moment in which a busy writer has let go.
  private static let busyPause: Int32 = 2
  private static let truncateLimit: Int32 = 200

  /// The longest value that a row may have; a damaged file can claim more.
  private static let longestValue: Int32 = 32 << 20

  private let handle: OpaquePointer

  /// Opens a file that exists. The corresponding C function is `sqlite3_open_v2`.
  ///
  /// No component of the path may be a symbolic link.
  init(path: String, access: Access) throws(SQLiteError) {
    var opened: OpaquePointer?
    let common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE
    let status: Int32
    switch access {
    case .readWrite: status = unsafe sqlite3_open_v2(path, &opened, common | SQLITE_OPEN_READWRITE, nil)
    case .readOnly: status = unsafe sqlite3_open_v2(path, &opened, common | SQLITE_OPEN_READONLY, nil)
    case .immutable:
      let address = "file:" + Self.percentEncoded(path) + "?immutable=1"
      status = unsafe sqlite3_open_v2(address, &opened, common | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nil)
    }
    guard let handle = unsafe opened else { throw SQLiteError(code: SQLITE_NOMEM, message: "out of memory") }
    unsafe self.handle = handle
    guard status == SQLITE_OK else { throw error(status) }
    unsafe fusfs_sqlite3_distrust(handle)
    unsafe sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Self.longestValue)
    waitPatiently()
    // A file that has been replaced must not take the log of the new one with it when it is closed.
    unsafe fusfs_sqlite3_keep_log_on_close(handle)
  }

  private func waitPatiently() {
    unsafe sqlite3_busy_handler(
      handle,
      { _, attempts in
        guard attempts < SQLiteConnection.busyLimit / SQLiteConnection.busyPause else { return 0 }
        sqlite3_sleep(SQLiteConnection.busyPause)
        return 1
      }, nil)
  }

  /// Statements that are still alive keep the connection until they go, too.
  deinit { unsafe sqlite3_close_v2(handle) }

  /// The last failure of this connection.
  func error(_ status: Int32, file: StaticString = #fileID, line: UInt = #line) -> SQLiteError {
    SQLiteError(
      code: status, message: unsafe String(cString: sqlite3_errmsg(handle)), file: file, line: line)
  }

  /// Runs statements that give no rows. The corresponding C function is `sqlite3_exec`.
  func execute(_ sql: String) throws(SQLiteError) {
    let status = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
    guard status == SQLITE_OK else { throw error(status) }
  }

  /// A statement to be kept and run many times.
  func prepare(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
    var statement: OpaquePointer?
    let status = unsafe sqlite3_prepare_v3(
      handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard status == SQLITE_OK, let statement = unsafe statement else { throw error(status) }
    return unsafe SQLiteStatement(statement, of: self)
  }

  /// The first column of the first row; nil if there is no row.
  func integer(_ sql: String) throws(SQLiteError) -> Int64? {
    let statement = try prepare(sql)
    return try statement.first { $0.integer(0) }
  }

  /// Runs the body in a transaction that holds the write lock from its start, so that it cannot fail half-way
  /// because another process came first.
  func transaction<Result>(
    turn: WriteTurn? = nil, _ body: () throws(SQLiteError) -> Result
  ) throws(SQLiteError) -> Result {
    turn?.take()
    do {
      defer { turn?.release() }
      try execute("BEGIN IMMEDIATE")
    }
    do {
      let result = try body()
      try execute("COMMIT")
      return result
    } catch {
      if unsafe sqlite3_get_autocommit(handle) == 0 {
        unsafe sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
      }
      throw error
    }
  }

  /// Copies the write-ahead log into the database, and gives the frames in the log; nil when somebody is in the way.
  ///
  /// The corresponding C function is `sqlite3_wal_checkpoint_v2`.
  @discardableResult
  func checkpoint(_ kind: Checkpoint) throws(SQLiteError) -> Int? {
    var frames: Int32 = 0
    if kind == .truncate { unsafe sqlite3_busy_timeout(handle, Self.truncateLimit) }
    defer { if kind == .truncate { waitPatiently() } }
    let mode = kind == .passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE
    let status = unsafe sqlite3_wal_checkpoint_v2(handle, nil, mode, &frames, nil)
    if status & 0xff == SQLITE_BUSY || status & 0xff == SQLITE_LOCKED { return nil }
    guard status == SQLITE_OK else { throw error(status) }
    return Int(frames)
  }

  private static func percentEncoded(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var encoded: [UInt8] = []
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#"):
        encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: encoded.append(byte)
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }
}
