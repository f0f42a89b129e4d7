import CSQLite
import Primitives

/// A prepared statement. Parameters are numbered from 1 and columns from 0, as SQLite does.
@safe
final class SQLiteStatement {
  private let handle: OpaquePointer
  private let connection: SQLiteConnection

  /// Takes over the statement.
  @unsafe
  init(_ handle: OpaquePointer, of connection: SQLiteConnection) {
    unsafe self.handle = handle
    self.connection = connection
  }

  deinit { unsafe sqlite3_finalize(handle) }

  /// Runs the statement to its end, for those that give no rows.
  func run() throws(SQLiteError) {
    defer { reset() }
    while try step() {}
  }

  /// What the body makes of the first row; nil if there is none.
  func first<Result>(_ body: (SQLiteStatement) throws(SQLiteError) -> Result) throws(SQLiteError) -> Result? {
    defer { reset() }
    return try step() ? try body(self) : nil
  }

  /// What the body makes of each row, in order.
  func rows<Result>(_ body: (SQLiteStatement) -> Result) throws(SQLiteError) -> [Result] {
    defer { reset() }
    var results: [Result] = []
    while try step() { results.append(body(self)) }
    return results
  }

  private func step() throws(SQLiteError) -> Bool {
    let status = unsafe sqlite3_step(handle)
    switch status {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw connection.error(status)
    }
  }

  /// Makes it ready to run again, and ends the transaction of a lone read.
  private func reset() {
    unsafe sqlite3_reset(handle)
    unsafe sqlite3_clear_bindings(handle)
  }
}

// Parameters.
extension SQLiteStatement {
  func bind(_ value: Int64?, at index: Int32) throws(SQLiteError) {
    if let value {
      try check(unsafe sqlite3_bind_int64(handle, index, value))
    } else {
      try check(unsafe sqlite3_bind_null(handle, index))
    }
  }

  func bind(_ text: String, at index: Int32) throws(SQLiteError) {
    let bytes = text.utf8.map { CChar(bitPattern: $0) }
    // A null pointer would mean NULL, and an empty array may have one.
    try check(
      unsafe bytes.isEmpty
        ? fusfs_sqlite3_bind_text_copy(handle, index, "", 0)
        : fusfs_sqlite3_bind_text_copy(handle, index, bytes, UInt64(bytes.count)))
  }

  func bind(_ bytes: [UInt8], at index: Int32) throws(SQLiteError) {
    try check(
      unsafe bytes.isEmpty
        ? sqlite3_bind_zeroblob(handle, index, 0)
        : fusfs_sqlite3_bind_blob_copy(handle, index, bytes, UInt64(bytes.count)))
  }

  private func check(
    _ status: Int32, file: StaticString = #fileID, line: UInt = #line
  ) throws(SQLiteError) {
    guard status == SQLITE_OK else { throw connection.error(status, file: file, line: line) }
  }
}

// Columns of the row that the statement stands on.
extension SQLiteStatement {
  func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

  func optionalInteger(_ column: Int32) -> Int64? {
    unsafe sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : integer(column)
  }

  func text(_ column: Int32) -> String {
    guard let start = unsafe sqlite3_column_text(handle, column) else { return "" }
    let count = Int(unsafe sqlite3_column_bytes(handle, column))
    return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  func bytes(_ column: Int32) -> [UInt8] { unsafe Array(memory(of: column)) }

  /// Valid until the statement goes on.
  @unsafe
  private func memory(of column: Int32) -> UnsafeRawBufferPointer {
    let start = unsafe sqlite3_column_blob(handle, column)
    return unsafe UnsafeRawBufferPointer(
      start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(handle, column)))
  }
}
