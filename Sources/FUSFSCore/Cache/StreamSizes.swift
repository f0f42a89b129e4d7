/// The column `bytes` of the table `stream`, which a damaged row can set to anything.
enum StreamSizes {
  static let all = "SELECT bytes FROM stream"

  /// More than any file holds, and small enough to be added up.
  private static let largest: Int64 = 1 << 50

  static func clamped(_ bytes: Int64) -> Int64 { min(max(bytes, 0), largest) }

  /// The sum of the first column of all rows.
  static func total(_ statement: SQLiteStatement) throws(SQLiteError) -> Int64 {
    try statement.rows { clamped($0.integer(0)) }.reduce(0) { clamped($0 + $1) }
  }
}
