import CSQLite
import Glibc
import Primitives

/// What SQLite said when something failed.
struct SQLiteError: Error, Equatable {
  /// The extended result code.
  let code: Int32
  let message: String
  /// Where it was found.
  private let place: (file: StaticString, line: UInt)

  init(code: Int32, message: String, file: StaticString = #fileID, line: UInt = #line) {
    self.code = code
    self.message = message
    place = (file, line)
  }

  /// For content that cannot have been written so, which SQLite itself does not notice.
  static func damaged(
    _ message: String, file: StaticString = #fileID, line: UInt = #line
  ) -> SQLiteError {
    SQLiteError(code: SQLITE_CORRUPT, message: message, file: file, line: line)
  }

  /// For what the system says of a file that SQLite does not see.
  static func system(
    _ what: String, errno: Int32, file: StaticString = #fileID, line: UInt = #line
  ) -> SQLiteError {
    SQLiteError(
      code: errno == ENOSPC || errno == EDQUOT ? SQLITE_FULL : SQLITE_IOERR,
      message: "\(what): \(unsafe String(cString: strerror(errno)))", file: file, line: line)
  }

  /// For a file that another version of this program has put in its place, or changed.
  static func otherVersion(_ version: Int64) -> SQLiteError {
    SQLiteError(
      code: SQLITE_SCHEMA, message: "it has version \(version), and this program knows \(Schema.version)")
  }

  /// For a file that somebody is just making: it lies there before it has its tables.
  static let notMade = SQLiteError(code: SQLITE_SCHEMA, message: "it has no tables yet")

  private var primaryCode: Int32 { code & 0xff }

  /// The file itself is broken: not a database, malformed, cut short, or without the tables that it should have.
  ///
  /// The statements are constants, so that SQLITE_ERROR can only mean that the schema is not what it was.
  var isDamage: Bool {
    switch primaryCode {
    case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_ERROR, SQLITE_MISMATCH, SQLITE_CONSTRAINT, SQLITE_TOOBIG: true
    case SQLITE_IOERR: code == SQLITE_IOERR | (2 << 8)  // SQLITE_IOERR_SHORT_READ
    default: false
    }
  }

  /// The file says of itself that it cannot be written, or the system says so.
  var isWriteProtection: Bool { code == SQLITE_READONLY }

  /// Another process holds the lock for longer than we wait.
  var isBusy: Bool { primaryCode == SQLITE_BUSY }

  var failure: Failure {
    let code: Failure.Code =
      switch primaryCode {
      case SQLITE_NOMEM: .exhausted
      case SQLITE_READONLY: .readOnly
      default: isDamage ? .damaged : .local
      }
    return Failure(
      code, "The cache file cannot be used: \(message) (SQLite \(self.code)).",
      file: place.file, line: place.line)
  }

  /// The same was said, wherever it was found.
  static func == (one: SQLiteError, other: SQLiteError) -> Bool {
    one.code == other.code && one.message == other.message
  }
}
