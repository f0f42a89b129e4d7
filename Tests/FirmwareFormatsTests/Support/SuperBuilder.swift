@testable import FirmwareFormats

/// Writes a raw super image after Android's metadata format.
struct SuperBuilder {
  struct Extent {
    var sectors: UInt64
    var type: UInt32 = 0
    var target: UInt64 = 0
    var device: UInt32 = 0
  }

  struct Partition {
    var name: String
    var attributes: UInt32 = 1
    var extents: [Extent] = []
  }

  var minor: UInt16 = 0
  var metadataSize = 4096
  var slots = 2
  var firstSector: UInt64 = 64
  var deviceSize: UInt64 = 1 << 20
  var devices = 1
  /// Added to the sizes of entries.
  var extra = 0
  var partitions: [Partition] = []
  /// The same for all slots, unless a slot is here.
  var ofSlot: [Int: [Partition]] = [:]
  /// Changes a slot's tables before the checksums are made.
  var tamper: (inout [UInt8]) -> Void = { _ in }
  /// Changes a slot's header before its checksum is made.
  var tamperHeader: (inout [UInt8]) -> Void = { _ in }
  /// Changes the geometry before its checksum is made.
  var tamperGeometry: (inout [UInt8]) -> Void = { _ in }

  var headerSize: Int { minor < 2 ? 128 : 256 }
  func offset(slot: Int, backup: Bool = false) -> Int {
    12_288 + (backup ? slots + slot : slot) * metadataSize
  }

  var geometry: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(little: 0x616C_4467 as UInt32)
    bytes.append(little: 52 as UInt32)
    bytes += [UInt8](repeating: 0, count: 32)
    bytes.append(little: UInt32(metadataSize))
    bytes.append(little: UInt32(slots))
    bytes.append(little: 4096 as UInt32)
    tamperGeometry(&bytes)
    bytes.replaceSubrange(8..<40, with: MessageDigest.sha256(of: bytes))
    return bytes
  }

  func metadata(slot: Int) -> [UInt8] {
    let partitions = ofSlot[slot] ?? partitions
    var tables: [UInt8] = []
    var descriptors: [UInt8] = []
    func describe(_ count: Int, _ size: Int) {
      descriptors.append(little: UInt32(tables.count))
      descriptors.append(little: UInt32(count))
      descriptors.append(little: UInt32(size + extra))
    }
    let padding = [UInt8](repeating: 0xAB, count: extra)
    describe(partitions.count, 52)
    var first = 0
    for partition in partitions {
      tables.append(name: partition.name)
      tables.append(little: partition.attributes)
      tables.append(little: UInt32(first))
      tables.append(little: UInt32(partition.extents.count))
      tables.append(little: 0 as UInt32)
      tables += padding
      first += partition.extents.count
    }
    let extents = partitions.flatMap(\.extents)
    describe(extents.count, 24)
    for extent in extents {
      tables.append(little: extent.sectors)
      tables.append(little: extent.type)
      tables.append(little: extent.target)
      tables.append(little: extent.device)
      tables += padding
    }
    describe(1, 48)
    tables.append(name: "default")
    tables.append(little: 0 as UInt32)
    tables.append(little: 0 as UInt64)
    tables += padding
    describe(devices, 64)
    for device in 0..<devices {
      tables.append(little: firstSector)
      tables.append(little: 1 << 20 as UInt32)
      tables.append(little: 0 as UInt32)
      tables.append(little: deviceSize)
      tables.append(name: device == 0 ? "super" : "other")
      tables.append(little: 0 as UInt32)
      tables += padding
    }
    tamper(&tables)
    var header: [UInt8] = []
    header.append(little: 0x414C_5030 as UInt32)
    header.append(little: 10 as UInt16)
    header.append(little: minor)
    header.append(little: UInt32(headerSize))
    header += [UInt8](repeating: 0, count: 32)
    header.append(little: UInt32(tables.count))
    header += MessageDigest.sha256(of: tables) + descriptors
    header += [UInt8](repeating: 0, count: headerSize - header.count)
    tamperHeader(&header)
    header.replaceSubrange(12..<44, with: MessageDigest.sha256(of: header))
    return header + tables
  }

  /// All of the image; outside the metadata it is empty, or filled after the seed.
  func image(seed: UInt64? = nil) -> [UInt8] {
    var bytes =
      seed.map { firmwareLike(Int(deviceSize), seed: $0) } ?? .init(repeating: 0, count: Int(deviceSize))
    func put(_ part: [UInt8], at offset: Int) {
      bytes.replaceSubrange(offset..<offset + part.count, with: part)
    }
    for offset in [4096, 8192] { put(geometry, at: offset) }
    for slot in 0..<slots {
      for backup in [false, true] { put(metadata(slot: slot), at: offset(slot: slot, backup: backup)) }
    }
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func append(name: String) {
    self += Array(name.utf8) + [UInt8](repeating: 0, count: 36 - name.utf8.count)
  }
}
