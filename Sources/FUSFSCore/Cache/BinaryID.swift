/// Which binary a block belongs to: what the server calls it, how long it is, and its CRC-32 as far as it is known.
///
/// Two with the same name but another size or checksum are two binaries. The number under which the cache files it
/// is derived from these three, so that every process gives the same one and no row can ever be taken for another
/// binary's, whatever a crash left behind:
/// ```
///  62                20 19            0
/// ├──── number: 43 ────┼─ index: 20 ──┤   key of a block
/// ├──── number: 43 ────┼ group: 14 ┤      key of a group of 64 blocks
/// ```
package struct BinaryID: Sendable, Hashable {
  package let name: String
  /// Bytes.
  package let size: UInt64
  package let crc32: UInt32?
  /// 1 ..< 2^43.
  let number: Int64
  /// Its blocks; nil for a binary that cannot be cached, because it is too large or its number is another's.
  package let grid: BlockGrid?

  static let groupBits = 6

  init(name: String, size: UInt64, crc32: UInt32?) {
    self.name = name
    self.size = size
    self.crc32 = crc32
    number = Self.number(name: name, size: size, crc32: crc32)
    grid = BlockGrid(size: size)
  }

  private init(uncached other: BinaryID) {
    name = other.name
    size = other.size
    crc32 = other.crc32
    number = other.number
    grid = nil
  }

  /// The same binary, which the cache leaves alone.
  var uncached: BinaryID { BinaryID(uncached: self) }

  package static func == (left: BinaryID, right: BinaryID) -> Bool {
    left.number == right.number && left.size == right.size && left.crc32 == right.crc32
      && left.name == right.name
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(number) }

  /// The key of a block's row.
  func blockKey(_ index: UInt32) -> Int64 { number << BlockGrid.indexBits | Int64(index) }

  /// The keys of all its groups' rows.
  var groupKeys: ClosedRange<Int64> {
    let first = blockKey(0) >> Self.groupBits
    return first...(first + (1 << (BlockGrid.indexBits - Self.groupBits)) - 1)
  }

  /// The hash of `name NUL size has-crc crc`, cut to 43 bits.
  private static func number(name: String, size: UInt64, crc32: UInt32?) -> Int64 {
    var hash = KeyHash()
    hash.add(name)
    hash.add(UInt8(0))
    hash.add(size)
    hash.add(UInt8(crc32 == nil ? 0 : 1))
    hash.add(crc32 ?? 0)
    return max(1, Int64(hash.value >> (1 + UInt64(BlockGrid.indexBits))))
  }
}

/// Where a block lies among those that are evicted together.
struct GroupPosition: Equatable {
  /// Blocks in a group.
  static let count = 1 << BinaryID.groupBits

  let key: Int64
  /// The block's place in the group.
  let index: Int

  init(blockKey: Int64) {
    key = blockKey >> BinaryID.groupBits
    index = Int(blockKey & Int64(Self.count - 1))
  }

  /// The block's bit in the group's bitmap.
  var bit: UInt64 { 1 << UInt64(index) }
}
