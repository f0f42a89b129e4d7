/// The raw content of `super`: metadata, then three partitions, the first in two extents around the second.
///
///     metadata 1 MiB | system, first half | vendor | system, the rest | product | room
///
/// Each part begins at a multiple of 1 MiB; the gaps are zero.
struct SuperImage {
  let table: LogicalPartitionWriter
  let source: JoinedSource

  init(system: any ByteSource, vendor: any ByteSource, product: any ByteSource) throws(ReleaseFault) {
    let unit = LogicalPartitionWriter.alignment
    let half = (system.size / 2) / 4096 * 4096
    let parts: [(any ByteSource, Range<Int>)] = [
      (system, 0..<half), (vendor, 0..<vendor.size), (system, half..<system.size),
      (product, 0..<product.size),
    ]
    var extents: [LogicalPartitionWriter.Extent] = []
    var end = unit
    for (_, range) in parts {
      let sector = LogicalPartitionWriter.sectorSize
      extents.append(.init(firstSector: end / sector, sectors: range.count / sector))
      end = (end + range.count).roundedUp(to: unit)
    }
    // Room for updates, as a phone's super has it.
    let size = (end + end / 16).roundedUp(to: 4 * unit)
    table = LogicalPartitionWriter(
      partitions: [
        .init(name: "system", extents: [extents[0], extents[2]]),
        .init(name: "vendor", extents: [extents[1]]),
        .init(name: "product", extents: [extents[3]]),
      ], deviceSize: size)
    var joined = JoinedSource()
    joined.append(BytesSource(bytes: try table.metadata()))
    for (source, range) in parts {
      joined.append(source, range)
      joined.append(ZeroSource(size: joined.size.roundedUp(to: unit) - joined.size))
    }
    joined.append(ZeroSource(size: size - joined.size))
    source = joined
  }
}
