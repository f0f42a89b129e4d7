/// Writes a ZIP64 archive as a stream, with ZIP64 records whatever the sizes are.
///
///     local header, content [, data descriptor]      for each member
///     central directory                              one header for each member
///     ZIP64 end record, its locator, end record      the last with every number at its maximum
///
/// A deflated member's sizes and CRC-32 follow it in the descriptor (flag bit 3); a stored one's are in its header.
final class ZipWriter: ByteSink {
  /// How a member is kept.
  enum Storage {
    case deflated
    /// Size and CRC-32 must be known before.
    case stored(size: Int, crc32: UInt32)
  }

  private struct Member {
    let name: [UInt8]
    let isDeflated: Bool
    let offset: Int
    var crc32: UInt32
    var packedSize: Int
    var size: Int
  }

  private let next: any ByteSink
  private let timestamp: UInt32
  private var members: [Member] = []
  private var offset = 0

  private static let version: UInt16 = 45
  private static let maximum32 = UInt32.max

  /// `timestamp` is every member's, as MS-DOS writes it: date in the high half, time in the low.
  init(timestamp: UInt32, next: any ByteSink) {
    self.timestamp = timestamp
    self.next = next
  }

  /// Passes bytes of the archive on, counting them.
  func write(_ bytes: Span<UInt8>) throws(ReleaseFault) {
    offset += bytes.count
    try next.write(bytes)
  }

  /// Adds a member whose content `produce` writes into the sink it is given.
  func add(
    name: String, storage: Storage, produce: (any ByteSink) throws(ReleaseFault) -> Void
  ) throws(ReleaseFault) {
    var member = Member(
      name: Array(name.utf8), isDeflated: storage.isDeflated, offset: offset, crc32: 0, packedSize: 0, size: 0
    )
    switch storage {
    case .deflated:
      try write(localHeader(member))
      let start = offset
      let deflater = Deflater(next: self)
      let content = MemberContent(next: deflater)
      try produce(content)
      try deflater.finish()
      (member.crc32, member.size, member.packedSize) = (content.crc32, content.size, offset - start)
      try write(dataDescriptor(member))
    case .stored(let size, let crc32):
      (member.crc32, member.size, member.packedSize) = (crc32, size, size)
      try write(localHeader(member))
      let content = MemberContent(next: self)
      try produce(content)
      guard content.size == size, content.crc32 == crc32 else {
        throw .failed("\(name) came out different from what was measured before.")
      }
    }
    members.append(member)
  }

  /// Writes the directory and the end records.
  func finish() throws(ReleaseFault) {
    let start = offset
    for member in members { try write(centralHeader(member)) }
    try write(endRecords(directoryStart: start, directorySize: offset - start))
  }

  ///      0 signature 50 4b 03 04   4 version 2   6 flags 2   8 method 2   10 time and date 4   14 CRC-32 4
  ///     18 packed size 4  22 size 4  26 name length 2  28 extra length 2  30 name, extra field
  private func localHeader(_ member: Member) -> [UInt8] {
    var header: [UInt8] = []
    header.append(littleEndian: 0x0403_4b50 as UInt32)
    appendCommon(of: member, to: &header)
    header.append(littleEndian: 20 as UInt16)
    header += member.name
    // ZIP64: header id 1, 16 bytes: size, packed size. Both 0 when the descriptor will tell.
    header.append(littleEndian: 1 as UInt16)
    header.append(littleEndian: 16 as UInt16)
    header.append(littleEndian: UInt64(member.size))
    header.append(littleEndian: UInt64(member.packedSize))
    return header
  }

  ///     signature 50 4b 07 08, CRC-32 4, packed size 8, size 8
  private func dataDescriptor(_ member: Member) -> [UInt8] {
    var descriptor: [UInt8] = []
    descriptor.append(littleEndian: 0x0807_4b50 as UInt32)
    descriptor.append(littleEndian: member.crc32)
    descriptor.append(littleEndian: UInt64(member.packedSize))
    descriptor.append(littleEndian: UInt64(member.size))
    return descriptor
  }

  ///      0 signature 50 4b 01 02   4 made by 2   6 … as the local header from its version to its extra length
  ///     32 comment length 2  34 disk 2  36 attributes 2 + 4  42 offset 4  46 name, extra field
  private func centralHeader(_ member: Member) -> [UInt8] {
    var header: [UInt8] = []
    header.append(littleEndian: 0x0201_4b50 as UInt32)
    header.append(littleEndian: 3 << 8 | Self.version)
    appendCommon(of: member, to: &header)
    header.append(littleEndian: 28 as UInt16)
    header.append(littleEndian: 0 as UInt16)
    header.append(littleEndian: 0 as UInt16)
    header.append(littleEndian: 0 as UInt16)
    header.append(littleEndian: 0o100644 << 16 as UInt32)
    header.append(littleEndian: Self.maximum32)
    header += member.name
    // ZIP64: header id 1, 24 bytes: size, packed size, offset of the local header.
    header.append(littleEndian: 1 as UInt16)
    header.append(littleEndian: 24 as UInt16)
    header.append(littleEndian: UInt64(member.size))
    header.append(littleEndian: UInt64(member.packedSize))
    header.append(littleEndian: UInt64(member.offset))
    return header
  }

  /// Version, flags, method, time, CRC-32, sizes (at their maximum: the ZIP64 field has them) and name length.
  private func appendCommon(of member: Member, to header: inout [UInt8]) {
    header.append(littleEndian: Self.version)
    header.append(littleEndian: member.isDeflated ? 1 << 3 : 0 as UInt16)
    header.append(littleEndian: member.isDeflated ? 8 : 0 as UInt16)
    header.append(littleEndian: timestamp)
    header.append(littleEndian: member.crc32)
    header.append(littleEndian: Self.maximum32)
    header.append(littleEndian: Self.maximum32)
    header.append(littleEndian: UInt16(member.name.count))
  }

  ///     ZIP64 end record  50 4b 06 06, 44 as 8, made by 2, version 2, disks 4 + 4, members 8 + 8, size 8, start 8
  ///     locator           50 4b 06 07, disk 4, the record's offset 8, disks 4
  ///     end record        50 4b 05 06, disks 2 + 2, members 2 + 2, size 4, start 4, comment length 2
  private func endRecords(directoryStart: Int, directorySize: Int) -> [UInt8] {
    var records: [UInt8] = []
    records.append(littleEndian: 0x0606_4b50 as UInt32)
    records.append(littleEndian: 44 as UInt64)
    records.append(littleEndian: 3 << 8 | Self.version)
    records.append(littleEndian: Self.version)
    records.append(littleEndian: 0 as UInt64)
    records.append(littleEndian: UInt64(members.count))
    records.append(littleEndian: UInt64(members.count))
    records.append(littleEndian: UInt64(directorySize))
    records.append(littleEndian: UInt64(directoryStart))

    records.append(littleEndian: 0x0706_4b50 as UInt32)
    records.append(littleEndian: 0 as UInt32)
    records.append(littleEndian: UInt64(directoryStart + directorySize))
    records.append(littleEndian: 1 as UInt32)

    records.append(littleEndian: 0x0605_4b50 as UInt32)
    records.append(littleEndian: 0 as UInt32)
    records.append(littleEndian: UInt16.max)
    records.append(littleEndian: UInt16.max)
    records.append(littleEndian: Self.maximum32)
    records.append(littleEndian: Self.maximum32)
    records.append(littleEndian: 0 as UInt16)
    return records
  }
}

extension ZipWriter.Storage {
  fileprivate var isDeflated: Bool {
    if case .deflated = self { true } else { false }
  }
}

/// Counts a member's content and takes its CRC-32 on the way.
private final class MemberContent: ByteSink {
  private let next: any ByteSink
  private(set) var crc32: UInt32 = 0
  private(set) var size = 0

  init(next: any ByteSink) {
    self.next = next
  }

  func write(_ bytes: Span<UInt8>) throws(ReleaseFault) {
    crc32 = updatedCRC32(crc32, bytes)
    size += bytes.count
    try next.write(bytes)
  }
}
