/// One header block of a tar archive, all fields as it has them.
///
/// ```
///  0      100    108   116   124    136     148        156    157        257     263       345      500  512
///  +------+------+-----+-----+------+-------+----------+------+----------+-------+- ... ----+--------+---+
///  | name | mode | uid | gid | size | mtime | checksum | type | linkname | magic |  owner…  | prefix |   |
///  +------+------+-----+-----+------+-------+----------+------+----------+-------+- ... ----+--------+---+
/// ```
/// Texts end at a NUL or with their field. Numbers are octal digits between blanks, or in GNU's base 256. The magic is
/// `ustar` and a NUL where the prefix counts; GNU tar writes blanks for the NUL and other fields into the prefix's
/// place, and what is older than both has neither.
struct TarHeader: Sendable, Equatable {
  /// In bytes; all in a tar archive lies at multiples of it.
  static let size = 512

  /// With the prefix, if there is one.
  let name: [UInt8]
  let type: UInt8
  /// Bytes of what follows the header; nil where the field is no number that a size can be.
  let contentSize: UInt64?
  /// Seconds since 1970-01-01; nil where the field is no number.
  let modified: Int64?
  /// For GNU tar's sparse files: the map of the holes goes on in the next block.
  let hasMoreSparseMap: Bool

  /// Nil where the 512 bytes do not have the checksum that they claim.
  init?(parsing block: Span<UInt8>) {
    guard Self.hasItsChecksum(block) else { return nil }
    let isPOSIX = "ustar\0".utf8.enumerated().allSatisfy { block[257 + $0.offset] == $0.element }
    let prefix = isPOSIX ? Self.text(block.extracting(345..<500)) : []
    let name = Self.text(block.extracting(0..<100))
    self.name = prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
    type = block[156]
    contentSize = Self.number(block.extracting(124..<136)).flatMap(UInt64.init(exactly:))
    modified = Self.number(block.extracting(136..<148))
    hasMoreSparseMap = block[482] != 0
  }

  /// Whether all 512 bytes are 0, which a header never is.
  static func isZero(_ block: Span<UInt8>) -> Bool {
    block.indices.allSatisfy { block[$0] == 0 }
  }

  /// Whether a block after a sparse file's header says that the map goes on behind it.
  static func sparseMapGoesOn(_ block: Span<UInt8>) -> Bool { block[504] != 0 }

  /// The sum of all bytes, those of the checksum's field taken as blanks. Old programs took the bytes as signed.
  private static func hasItsChecksum(_ block: Span<UInt8>) -> Bool {
    let field = 148..<156
    guard let claimed = number(block.extracting(field)) else { return false }
    var unsigned: Int64 = 0
    var signed: Int64 = 0
    for index in block.indices {
      let byte = field.contains(index) ? UInt8(ascii: " ") : block[index]
      unsigned += Int64(byte)
      signed += Int64(Int8(bitPattern: byte))
    }
    return claimed == unsigned || claimed == signed
  }

  /// A field's bytes before its first NUL.
  private static func text(_ field: Span<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    for index in field.indices {
      if field[index] == 0 { break }
      text.append(field[index])
    }
    return text
  }

  /// The number in a field of 12 bytes or less; a blank field is 0. Nil for one that is none or exceeds 64 bits.
  static func number(_ field: Span<UInt8>) -> Int64? {
    if field[0] & 0x80 != 0 { return base256(field) }
    var value: Int64 = 0
    var hasDigits = false
    for index in field.indices {
      switch field[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "7"):
        value = value << 3 | Int64(field[index] & 7)
        hasDigits = true
      case UInt8(ascii: " ") where !hasDigits: continue
      case UInt8(ascii: " "), 0: return value
      default: return nil
      }
    }
    return value
  }

  /// GNU's way for numbers that are negative or have too many octal digits: big-endian, in two's complement of all
  /// bits but the first, which is set to tell it from a digit.
  private static func base256(_ field: Span<UInt8>) -> Int64? {
    var value = Int64(Int8(bitPattern: field[0] << 1) >> 1)
    for index in field.indices.dropFirst() {
      let shifted = value.multipliedReportingOverflow(by: 256)
      guard !shifted.overflow else { return nil }
      value = shifted.partialValue | Int64(field[index])
    }
    return value
  }
}
