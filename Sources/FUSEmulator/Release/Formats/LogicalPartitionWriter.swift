/// The metadata at the start of `super`: which ranges of it each logical partition is made of (liblp, version 10.2).
///
///         0 reserved 4096
///      4096 geometry, padded to 4096      8192 its copy
///     12288 metadata slot 0, slot 1       each 65536: header 256, then its tables
///           their copies
///      1 MiB first partition's data
struct LogicalPartitionWriter {
  /// A run of sectors of 512 bytes in `super`.
  struct Extent: Equatable {
    var firstSector: Int
    var sectors: Int
  }

  struct Partition: Equatable {
    var name: String
    var extents: [Extent]
  }

  static let sectorSize = 512
  /// Where partitions may begin, in bytes; each extent is aligned to it too.
  static let alignment = 1 << 20

  private static let slotSize = 65536
  private static let slotCount = 2

  let partitions: [Partition]
  /// Of all of `super`, in bytes.
  let deviceSize: Int

  /// All bytes before the first partition.
  func metadata() throws(ReleaseFault) -> [UInt8] {
    let geometry = try geometry()
    var slot = try header()
    slot.append(text: "", count: Self.slotSize - slot.count)
    var bytes = [UInt8](repeating: 0, count: 4096) + geometry + geometry
    for _ in 0..<2 * Self.slotCount { bytes += slot }
    bytes.append(text: "", count: Self.alignment - bytes.count)
    return bytes
  }

  ///     0 magic "gDla" 4   4 size 52 4   8 SHA-256 (with itself as zeros) 32   40 slot size 4   44 slots 4   48 block size 4
  private func geometry() throws(ReleaseFault) -> [UInt8] {
    var geometry: [UInt8] = []
    geometry.append(littleEndian: 0x616c_4467 as UInt32)
    geometry.append(littleEndian: 52 as UInt32)
    geometry.append(text: "", count: 32)
    geometry.append(littleEndian: UInt32(Self.slotSize))
    geometry.append(littleEndian: UInt32(Self.slotCount))
    geometry.append(littleEndian: 4096 as UInt32)
    geometry.replaceSubrange(8..<40, with: Digest.of(geometry, .sha256))
    geometry.append(text: "", count: 4096 - geometry.count)
    return geometry
  }

  /// Header and tables:
  ///
  ///      0 magic "0PLA" 4   4 version 10 2 + 2 2   8 header size 256 4   12 SHA-256 of the header (itself as zeros) 32
  ///     44 size of the tables 4   48 their SHA-256 32
  ///     80 partitions, extents, groups, devices: each offset 4, entries 4, size of an entry 4
  ///    128 flags 4, reserved 124
  private func header() throws(ReleaseFault) -> [UInt8] {
    let tables = [partitionTable(), extentTable(), groupTable(), deviceTable()]
    let joined = Array(tables.joined())
    var header: [UInt8] = []
    header.append(littleEndian: 0x414c_5030 as UInt32)
    header.append(littleEndian: 10 as UInt16)
    header.append(littleEndian: 2 as UInt16)
    header.append(littleEndian: 256 as UInt32)
    header.append(text: "", count: 32)
    header.append(littleEndian: UInt32(joined.count))
    header += Digest.of(joined, .sha256)
    var offset = 0
    for (table, entrySize) in zip(tables, [52, 24, 48, 64]) {
      header.append(littleEndian: UInt32(offset))
      header.append(littleEndian: UInt32(table.count / entrySize))
      header.append(littleEndian: UInt32(entrySize))
      offset += table.count
    }
    header.append(text: "", count: 128)
    header.replaceSubrange(12..<44, with: Digest.of(header, .sha256))
    return header + joined
  }

  ///     name 36, attributes 4 (1: read-only), first extent 4, extents 4, group 4
  private func partitionTable() -> [UInt8] {
    var table: [UInt8] = []
    var firstExtent = 0
    for partition in partitions {
      table.append(text: partition.name, count: 36)
      for value in [1, firstExtent, partition.extents.count, 1] { table.append(littleEndian: UInt32(value)) }
      firstExtent += partition.extents.count
    }
    return table
  }

  ///     sectors 8, type 4 (0: linear), first sector 8, device 4
  private func extentTable() -> [UInt8] {
    var table: [UInt8] = []
    for extent in partitions.flatMap(\.extents) {
      table.append(littleEndian: UInt64(extent.sectors))
      table.append(littleEndian: 0 as UInt32)
      table.append(littleEndian: UInt64(extent.firstSector))
      table.append(littleEndian: 0 as UInt32)
    }
    return table
  }

  ///     name 36, flags 4, greatest size 8 (0: any)
  private func groupTable() -> [UInt8] {
    var table: [UInt8] = []
    for (name, size) in [("default", 0), ("group_basic", deviceSize - Self.alignment)] {
      table.append(text: name, count: 36)
      table.append(littleEndian: 0 as UInt32)
      table.append(littleEndian: UInt64(size))
    }
    return table
  }

  ///     first sector 8, alignment 4, its offset 4, size 8, name 36, flags 4
  private func deviceTable() -> [UInt8] {
    var table: [UInt8] = []
    table.append(littleEndian: UInt64(Self.alignment / Self.sectorSize))
    table.append(littleEndian: UInt32(Self.alignment))
    table.append(littleEndian: 0 as UInt32)
    table.append(littleEndian: UInt64(deviceSize))
    table.append(text: "super", count: 36)
    table.append(littleEndian: 0 as UInt32)
    return table
  }
}
