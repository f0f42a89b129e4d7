import Primitives

extension LogicalPartitions {
  /// A slot's header.
  ///
  /// ```
  ///  0         4       6       8        12            44       48            80                 128
  ///  +---------+-------+-------+--------+-------------+--------+-------------+------------------+
  ///  | 414C5030| major | minor | size of| SHA-256 of  | size of| SHA-256 of  | partitions, ext- |
  ///  | magic   | 10    | 0...2 | this   | this, with  | tables,| tables      | ents, groups and |
  ///  |         |       |       |        | zeros here  | bytes  |             | block devices    |
  ///  +---------+-------+-------+--------+-------------+--------+-------------+------------------+
  ///  each table: its offset behind this header, its entries' number, an entry's size (4 bytes each)
  /// ```
  /// Minor version 2 has flags and room for more behind that, 256 bytes in all; they do not matter to a reader.
  /// Nor do groups, which only limit how far partitions may grow.
  struct MetadataHeader: Sendable {
    static let largestSize = 256
    static let mostEntries: UInt32 = 4096
    private static let magic: UInt32 = 0x414C_5030

    /// In bytes.
    let size: Int
    /// In bytes.
    let tablesSize: Int
    let tablesChecksum: [UInt8]
    let partitions: Table
    let extents: Table
    let devices: Table

    /// Where a table's entries are, within the tables.
    struct Table: Sendable {
      let offset: Int
      let count: Int
      let stride: Int
    }

    /// Throws `damaged` or `unsupported`; `place` names the file and the offset, `limit` is a slot's size in bytes.
    init(_ bytes: [UInt8], at place: String, limit: Int) throws(Failure) {
      let span = bytes.span
      guard span.count == Self.largestSize, span.littleEndian(UInt32.self, at: 0) == Self.magic else {
        throw Failure(.damaged, "\(place): there is no metadata of logical partitions.")
      }
      let major = span.littleEndian(UInt16.self, at: 4)
      let minor = span.littleEndian(UInt16.self, at: 6)
      guard major == 10, minor <= 2 else {
        throw Failure(.unsupported, "\(place): partition metadata of version \(major).\(minor) is not known.")
      }
      size = minor < 2 ? 128 : 256
      guard span.littleEndian(UInt32.self, at: 8) == UInt32(size),
        LogicalPartitions.isChecked(Array(bytes[..<size]), at: 12)
      else { throw Failure(.damaged, "\(place): the header of the partition metadata is damaged.") }
      let tablesSize = Int(span.littleEndian(UInt32.self, at: 44))
      guard tablesSize <= limit - size else {
        throw Failure(
          .damaged, "\(place): tables of \(tablesSize) bytes are more than the \(limit) bytes of a slot.")
      }
      self.tablesSize = tablesSize
      tablesChecksum = Array(bytes[48..<80])
      let table = { (index: Int, smallest: Int) throws(Failure) -> Table in
        let start = 80 + 12 * index
        let (offset, count, stride) = (
          bytes.span.littleEndian(UInt32.self, at: start),
          bytes.span.littleEndian(UInt32.self, at: start + 4),
          bytes.span.littleEndian(UInt32.self, at: start + 8)
        )
        guard UInt64(count) * UInt64(stride) + UInt64(offset) <= UInt64(tablesSize),
          count == 0 || Int(stride) >= smallest
        else { throw Failure(.damaged, "\(place): table \(index) does not lie within the tables.") }
        guard count <= Self.mostEntries else {
          throw Failure(.unsupported, "\(place): \(count) entries in table \(index) are too many.")
        }
        return Table(offset: Int(offset), count: Int(count), stride: Int(stride))
      }
      partitions = try table(0, Metadata.PartitionEntry.size)
      extents = try table(1, Metadata.ExtentEntry.size)
      devices = try table(3, Metadata.Device.size)
    }
  }

  /// A slot's tables.
  struct Metadata: Sendable {
    /// ```
    ///  0                    36           40            44        48      52
    ///  +--------------------+------------+-------------+---------+-------+
    ///  | name, zeros behind | attributes | first extent| extents | group |
    ///  +--------------------+------------+-------------+---------+-------+
    /// ```
    struct PartitionEntry: Sendable {
      static let size = 52
      static let slotSuffixed: UInt32 = 1 << 1

      let name: [UInt8]
      let attributes: UInt32
      let firstExtent: UInt32
      let extents: UInt32

      init(_ bytes: Span<UInt8>) {
        name = Array((0..<36).map { bytes[$0] }.prefix { $0 != 0 })
        attributes = bytes.littleEndian(UInt32.self, at: 36)
        firstExtent = bytes.littleEndian(UInt32.self, at: 40)
        extents = bytes.littleEndian(UInt32.self, at: 44)
      }
    }

    /// ```
    ///  0         8                        12                     20             24
    ///  +---------+------------------------+----------------------+--------------+
    ///  | sectors | 0 linear, 1 only zeros | linear: first sector | linear:      |
    ///  |         |                        | on the block device  | block device |
    ///  +---------+------------------------+----------------------+--------------+
    /// ```
    struct ExtentEntry: Sendable {
      static let size = 24

      let sectors: UInt64
      let type: UInt32
      let firstSector: UInt64
      let device: UInt32

      init(_ bytes: Span<UInt8>) {
        sectors = bytes.littleEndian(UInt64.self, at: 0)
        type = bytes.littleEndian(UInt32.self, at: 8)
        firstSector = bytes.littleEndian(UInt64.self, at: 12)
        device = bytes.littleEndian(UInt32.self, at: 20)
      }
    }

    /// ```
    ///  0                        8           12          16      24     60      64
    ///  +------------------------+-----------+-----------+-------+------+-------+
    ///  | first sector that is   | alignment | alignment | size, | name | flags |
    ///  | free for partitions    |           | offset    | bytes |      |       |
    ///  +------------------------+-----------+-----------+-------+------+-------+
    /// ```
    struct Device: Sendable {
      static let size = 64

      let firstSector: UInt64
      let size: UInt64

      init(_ bytes: Span<UInt8>) {
        firstSector = bytes.littleEndian(UInt64.self, at: 0)
        size = bytes.littleEndian(UInt64.self, at: 16)
      }
    }

    let slot: Int
    let partitions: [PartitionEntry]
    let extents: [ExtentEntry]
    /// The first one, which is the super image itself.
    let device: Device

    /// Throws `damaged` where the tables are not what their checksum says, or no block device is among them.
    init(_ header: MetadataHeader, tables: [UInt8], slot: Int, at place: String) throws(Failure) {
      guard tables.count == header.tablesSize, MessageDigest.sha256(of: tables) == header.tablesChecksum
      else { throw Failure(.damaged, "\(place): the checksum of the partition tables is wrong.") }
      let span = tables.span
      let starts = { (table: MetadataHeader.Table) in
        (0..<table.count).map { table.offset + $0 * table.stride }
      }
      guard let first = starts(header.devices).first else {
        throw Failure(.damaged, "\(place): the partition metadata names no block device.")
      }
      self.slot = slot
      device = Device(span.extracting(droppingFirst: first))
      partitions = starts(header.partitions).map { PartitionEntry(span.extracting(droppingFirst: $0)) }
      extents = starts(header.extents).map { ExtentEntry(span.extracting(droppingFirst: $0)) }
    }
  }
}
