import FirmwareFormats
import Primitives

@testable import FUSFSCore

extension FuzzTarget {
  /// The rows of the cache's tables, whoever has written them: what is read by them is right or missing.
  ///
  /// ```
  ///  rows, 64 at most, each: table 1 | its columns, each: kind 1, and for an integer 8, for text and bytes counted
  /// ```
  /// Whoever forges a row with its checksum can have other bytes taken for it, which only the package's own checksums
  /// tell. So the right row is asked for where of a table's rows either all checksums are right or all the rest.
  static let cacheRows = FuzzTarget(name: "cache-rows", largestInput: 4 << 10) { (input) async in
    do {
      let tables = try allTables.get()
      let rows = rows(in: input)
      try tables.with(rows) { () throws(SQLiteError) in
        try expectBlocks(tables, rows)
        try expectBinaries(tables)
        try expectRecords(tables, rows)
        try expectCheckpoints(tables, rows)
      }
    } catch {
      fatalError("\(error)")
    }
  }

  private static let allTables = Result { try CacheTables() }

  private typealias Rows = [(table: Int, values: [CacheTables.Value])]

  private static func rows(in input: [UInt8]) -> Rows {
    var fields = Fields(input)
    var rows: Rows = []
    while !fields.rest.isEmpty, rows.count < 64 {
      let table = Int(fields.number(bytes: 1)) % CacheTables.columns.count
      let values = CacheTables.columns[table].names.map { _ -> CacheTables.Value in
        switch fields.number(bytes: 1) % 5 {
        case 1: .nothing
        case 2: .integer(Int64(bitPattern: fields.number(bytes: 8)))
        case 3: .text(String(decoding: fields.counted(), as: UTF8.self))
        case 4: .bytes(fields.counted())
        default: .right
        }
      }
      rows.append((table, values))
    }
    return rows
  }

  /// Whether all rows of the table have what belongs into these columns.
  private static func areRight(_ table: String, _ columns: [String]? = nil, in rows: Rows) -> Bool {
    rows.allSatisfy { row in
      let (name, names) = CacheTables.columns[row.table]
      guard name == table else { return true }
      return Swift.zip(names, row.values).allSatisfy { column, value in
        if case .right = value { return true }
        return columns.map { !$0.contains(column) } ?? false
      }
    }
  }

  private static func has(_ table: String, in rows: Rows) -> Bool {
    rows.contains { CacheTables.columns[$0.table].table == table }
  }

  /// The file of blocks ends with the binary's: what is read elsewhere is missing, or it is the right bytes.
  private static func expectBlocks(_ tables: CacheTables, _ rows: Rows) throws(SQLiteError) {
    let key = tables.binary.blockKey(0)
    let group = try tables.reader.group(GroupPosition(blockKey: key).key)
    let isRight = areRight("block", in: rows) && areRight("block_group", in: rows)
    expect(!isRight || !has("block", in: rows) || (group != nil) == has("block_group", in: rows), "no group")
    for index in UInt32(0)..<2 {
      let plain = tables.bytes(ofBlock: index)
      var block = UniqueByteBlock(count: plain.count)
      guard let group, group[key + Int64(index)] != nil else { continue }
      let read = try? block.withMutableBytes { (span) throws(SQLiteError) in
        try BlockCache.fill(
          &span, with: 0..<plain.count, ofBlock: key + Int64(index), of: group, from: tables.blocks)
      }
      let isRead = read == true
      let checksum = block.frozen().crc32
      expect(isRead || !isRight, "block \(index) is right and was not read")
      expect(!isRead || checksum == plain.crc32, "block \(index) is wrong")
    }
    for (_, present) in try tables.reader.groups(tables.binary.groupKeys) {
      guard let grid = tables.binary.grid else { continue }
      var blocks = BlockSet(count: grid.count)
      blocks.insert(group: 0, bits: present)
      expect(blocks.bytes(in: grid) <= grid.size, "\(blocks.bytes(in: grid)) bytes of \(grid.size)")
    }
  }

  private static func expectBinaries(_ tables: CacheTables) throws(SQLiteError) {
    let found = try tables.reader.binary(tables.binary.number).map { [$0] } ?? []
    for (binary, _) in try tables.reader.binaries() + found {
      guard let grid = binary.grid else { continue }
      expect(
        grid.size == binary.size && grid.count <= 1 << 20, "\(grid.count) blocks of \(binary.size) bytes")
      expect(binary.number > 0 && binary.number < 1 << 43, "the number \(binary.number)")
    }
    _ = try tables.reader.indexBytes()
  }

  private static func expectRecords(_ tables: CacheTables, _ rows: Rows) throws(SQLiteError) {
    for kind in ReplyKind.allCases { _ = try tables.reader.replyKeys(kind) }
    if case .success(let reply) = try tables.reader.reply(.inform, key: "key") {
      let isSealed = areRight("reply", ["crc"], in: rows) || areRight("reply", ["bytes"], in: rows)
      expect(!isSealed || reply.bytes == tables.record, "a reply is wrong")
    } else {
      expect(!has("reply", in: rows) || !areRight("reply", in: rows), "a reply is right and was not read")
    }
    if case .success(let bytes) = try tables.reader.fact("tail", of: tables.binary) {
      let isSealed = areRight("fact", ["crc"], in: rows) || areRight("fact", ["bytes"], in: rows)
      expect(!isSealed || bytes == tables.record, "a fact is wrong")
    } else {
      expect(!has("fact", in: rows) || !areRight("fact", in: rows), "a fact is right and was not read")
    }
  }

  private static func expectCheckpoints(_ tables: CacheTables, _ rows: Rows) throws(SQLiteError) {
    let right = tables.checkpoint
    let isSealed =
      areRight("checkpoint", ["crc"], in: rows)
      || areRight("checkpoint", ["stream", "output", "input", "plain_crc", "window"], in: rows)
    for output in try tables.reader.outputs(of: tables.stream) + [right.output] {
      guard case .success(let found) = try tables.reader.checkpoint(at: output, of: tables.stream) else {
        continue
      }
      expect(found.output == output && found.fitsARow, "a checkpoint at \(found.output), not \(output)")
      expect(!isSealed || found == right, "a checkpoint is wrong")
    }
    guard has("checkpoint", in: rows), areRight("checkpoint", in: rows) else { return }
    let found = try tables.reader.checkpoint(at: right.output, of: tables.stream)
    if case .success = found { return }
    fatalError("a checkpoint is right and was not read")
  }
}
