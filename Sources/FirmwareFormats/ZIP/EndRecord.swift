import Primitives

/// The end of central directory record, the last thing in a ZIP file.
///
/// ```
///  0        4      6        8       10      12        16         20      22
///  +--------+------+--------+-------+-------+---------+----------+-------+---------+
///  | PK 5 6 | disk | disk   |entries|entries|directory| directory|comment| comment |
///  |        |      | of dir |  here | in all|  size   |  offset  | length|         |
///  +--------+------+--------+-------+-------+---------+----------+-------+---------+
/// ```
/// A field whose bits are all set stands in the ZIP64 end record instead.
struct EndRecord {
  static let size = 22
  private static let signature: UInt32 = 0x0605_4B50

  let disk: UInt16
  let directoryDisk: UInt16
  let entriesHere: UInt16
  let entries: UInt16
  let directorySize: UInt32
  let directoryOffset: UInt32

  /// Whether the ZIP64 end record, if there is one, says more.
  var isSaturated: Bool {
    disk == .max || directoryDisk == .max || entriesHere == .max || entries == .max || directorySize == .max
      || directoryOffset == .max
  }

  /// The last record whose comment ends where the file does, and its index in the file's last bytes.
  static func search(_ tail: [UInt8]) -> (record: EndRecord, index: Int)? {
    guard tail.count >= size else { return nil }
    let bytes = tail.span
    for index in (0...tail.count - size).reversed() where bytes[index] == UInt8(ascii: "P") {
      guard bytes.littleEndian(UInt32.self, at: index) == signature,
        index + size + Int(bytes.littleEndian(UInt16.self, at: index + 20)) == tail.count
      else { continue }
      return (EndRecord(parsing: bytes, at: index), index)
    }
    return nil
  }

  private init(parsing bytes: Span<UInt8>, at index: Int) {
    disk = bytes.littleEndian(UInt16.self, at: index + 4)
    directoryDisk = bytes.littleEndian(UInt16.self, at: index + 6)
    entriesHere = bytes.littleEndian(UInt16.self, at: index + 8)
    entries = bytes.littleEndian(UInt16.self, at: index + 10)
    directorySize = bytes.littleEndian(UInt32.self, at: index + 12)
    directoryOffset = bytes.littleEndian(UInt32.self, at: index + 16)
  }
}

/// Where the ZIP64 end record stands; it lies directly before the end record.
///
/// ```
///  0        4         8            16      20
///  +--------+---------+-------------+-------+
///  | PK 6 7 | disk of | offset of   | disks |
///  |        | record  | the record  |       |
///  +--------+---------+-------------+-------+
/// ```
struct ZIP64Locator {
  static let size = 20
  private static let signature: UInt32 = 0x0706_4B50

  let recordOffset: UInt64

  /// Nil where the bytes are no locator.
  init?(parsing bytes: [UInt8]) {
    let bytes = bytes.span
    guard bytes.count == Self.size, bytes.littleEndian(UInt32.self, at: 0) == Self.signature else {
      return nil
    }
    recordOffset = bytes.littleEndian(UInt64.self, at: 8)
  }
}

/// The end record with wide fields.
///
/// ```
///  0        4        12        14       16     20       24        32        40         48        56
///  +--------+---------+---------+--------+------+--------+---------+---------+----------+---------+
///  | PK 6 6 | size of | made by | needed | disk | disk   | entries | entries | directory|directory|
///  |        | the rest|         |        |      | of dir | here    | in all  | size     |offset   |
///  +--------+---------+---------+--------+------+--------+---------+---------+----------+---------+
/// ```
struct ZIP64EndRecord {
  static let size = 56
  private static let signature: UInt32 = 0x0606_4B50

  let disk: UInt32
  let directoryDisk: UInt32
  let entriesHere: UInt64
  let entries: UInt64
  let directorySize: UInt64
  let directoryOffset: UInt64

  /// Nil where the bytes are no such record.
  init?(parsing bytes: [UInt8]) {
    let bytes = bytes.span
    guard bytes.count == Self.size, bytes.littleEndian(UInt32.self, at: 0) == Self.signature else {
      return nil
    }
    disk = bytes.littleEndian(UInt32.self, at: 16)
    directoryDisk = bytes.littleEndian(UInt32.self, at: 20)
    entriesHere = bytes.littleEndian(UInt64.self, at: 24)
    entries = bytes.littleEndian(UInt64.self, at: 32)
    directorySize = bytes.littleEndian(UInt64.self, at: 40)
    directoryOffset = bytes.littleEndian(UInt64.self, at: 48)
  }
}
