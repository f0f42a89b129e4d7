import FirmwareFormats
import Primitives
import TestSupport

@testable import FUSFSCore

/// The cache's two files with tables that take anything, as those of a forged database do: columns of no type, rows that
/// come twice. What an input puts in is taken back after it.
final class CacheTables: Sendable {
  /// What a column holds.
  enum Value {
    /// What belongs there.
    case right
    case nothing
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
  }

  /// A binary of two blocks, the second short.
  let binary: BinaryID
  let content: [UInt8]
  let stream: StreamID
  let checkpoint: Checkpoint
  let record: [UInt8]

  let blocks: BlockFile
  let reader: CacheReader
  private let connection: SQLiteConnection

  static let columns: [(table: String, names: [String])] = [
    ("binary", ["id", "name", "size", "crc", "pinned"]), ("block", ["key", "checksums"]),
    ("block_group", ["key", "present", "accessed", "extent"]),
    ("reply", ["kind", "key", "at", "crc", "bytes"]),
    ("fact", ["binary", "name", "crc", "bytes"]), ("stream", ["id", "binary", "name", "bytes"]),
    ("checkpoint", ["stream", "output", "input", "plain_crc", "window", "crc"]),
  ]

  init() throws {
    var random = SplitMix(seed: 1)
    content = random.bytes(BlockGrid.blockSize + 5000)
    record = random.bytes(300)
    binary = BinaryID(name: "SM-A207F_1_fac.zip.enc4", size: UInt64(content.count), crc32: 7)
    stream = StreamID(binary: binary, name: "AP_x.tar.md5")
    checkpoint = Checkpoint(output: 1000, input: 4000, crc32: 9, window: random.bytes(900))
    let folder = TemporaryDirectory()
    try folder.write([], to: "database")
    try folder.write(content, to: "blocks")
    connection = try SQLiteConnection(path: "\(folder.path)/database", access: .readWrite)
    // Nothing is written before the files' names are gone, and nothing is to be found beside them then.
    try connection.execute(
      "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY")
    for (table, names) in Self.columns {
      try connection.execute("CREATE TABLE \(table)(\(names.joined(separator: ", ")))")
    }
    blocks = try BlockFile(path: "\(folder.path)/blocks", access: .readOnly)
    reader = try CacheReader(connection)
  }

  /// Runs the body with the rows in the tables.
  func with(_ rows: [(table: Int, values: [Value])], _ body: () throws(SQLiteError) -> Void)
    throws(SQLiteError)
  {
    try connection.execute("BEGIN")
    for (number, row) in rows.enumerated() {
      let (table, names) = Self.columns[row.table]
      let marks = names.map { _ in "?" }.joined(separator: ", ")
      let statement = try connection.prepare("INSERT INTO \(table) VALUES(\(marks))")
      let right = rightRow(of: table, number)
      for (place, pair) in zip(row.values, right).enumerated() {
        let value = if case .right = pair.0 { pair.1 } else { pair.0 }
        try Self.bind(value, to: statement, at: Int32(place + 1))
      }
      try statement.run()
    }
    try body()
    try connection.execute("ROLLBACK")
  }

  private static func bind(_ value: Value, to statement: SQLiteStatement, at place: Int32) throws(SQLiteError)
  {
    switch value {
    case .right, .nothing: try statement.bind(Int64?.none, at: place)
    case .integer(let number): try statement.bind(number, at: place)
    case .text(let text): try statement.bind(text, at: place)
    case .bytes(let bytes): try statement.bind(bytes, at: place)
    }
  }

  /// A row as the cache writes it; of `block` the first or the second by turns.
  private func rightRow(of table: String, _ number: Int) -> [Value] {
    let index = UInt32(number % 2)
    switch table {
    case "binary":
      return [
        .integer(binary.number), .text(binary.name), .integer(Int64(binary.size)), .integer(7), .integer(0),
      ]
    case "block":
      let block = bytes(ofBlock: index)
      let sums = unsafe PieceChecksums(of: block.span.bytes)
      return [.integer(binary.blockKey(index)), .bytes(sums.stored)]
    case "block_group":
      return [
        .integer(GroupPosition(blockKey: binary.blockKey(0)).key), .integer(3), .integer(1), .integer(0),
      ]
    case "reply":
      return [
        .integer(ReplyKind.inform.rawValue), .text("key"), .integer(5), .integer(Int64(record.crc32)),
        .bytes(record),
      ]
    case "fact":
      return [.integer(binary.number), .text("tail"), .integer(Int64(record.crc32)), .bytes(record)]
    case "stream":
      return [.integer(stream.number), .integer(binary.number), .text(stream.name), .integer(1000)]
    default:
      return [
        .integer(stream.number), .integer(Int64(checkpoint.output)), .integer(Int64(checkpoint.input)),
        .integer(Int64(checkpoint.crc32)), .bytes(checkpoint.window),
        .integer(Int64(checkpoint.rowChecksum(of: stream))),
      ]
    }
  }

  func bytes(ofBlock index: UInt32) -> [UInt8] {
    guard let range = binary.grid?.bytes(of: index) else { return [] }
    return Array(content[Int(range.lowerBound)..<Int(range.upperBound)])
  }
}
