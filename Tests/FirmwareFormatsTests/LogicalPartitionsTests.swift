import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

@Suite(.timeLimit(.minutes(10)))
struct LogicalPartitionsTests {
  /// Several extents out of order, zeros between, none at all.
  static func builder(minor: UInt16 = 0) -> SuperBuilder {
    var builder = SuperBuilder()
    builder.minor = minor
    builder.firstSector = 128
    builder.partitions = [
      .init(
        name: "system",
        extents: [
          .init(sectors: 100, target: 1000), .init(sectors: 50, type: 1), .init(sectors: 33, target: 128),
          .init(sectors: 7, target: 161),
        ]),
      .init(name: "vendor", extents: [.init(sectors: 64, target: 200)]),
      .init(name: "product"),
      .init(name: "odm-1.x_y", extents: [.init(sectors: 9, type: 1)]),
    ]
    return builder
  }

  private func expectContents(_ builder: SuperBuilder, _ image: [UInt8], suffix: String = "") async throws {
    let file = MemoryFile(image)
    let found = try await LogicalPartitions.read(name: "super.img", from: file)
    #expect(found.problems == [])
    #expect(found.partitions.map(\.name) == builder.partitions.map { $0.name + suffix })
    for (partition, expected) in zip(found.partitions, builder.partitions) {
      let plain = Self.plain(expected, in: image)
      let content = try found.open(partition, in: file)
      #expect(partition.size == UInt64(plain.count))
      try await expectEqual(content, plain, reads: 50, seed: 2)
      #expect(try await content.bytes(at: 0, count: plain.count) == plain)
    }
  }

  static func plain(_ partition: SuperBuilder.Partition, in image: [UInt8]) -> [UInt8] {
    partition.extents.flatMap { extent in
      extent.type == 1
        ? [UInt8](repeating: 0, count: Int(extent.sectors) * 512)
        : Array(image[Int(extent.target) * 512..<Int(extent.target + extent.sectors) * 512])
    }
  }

  @Test func checksumIsSHA256() {
    let digest = MessageDigest.sha256(of: Array("abc".utf8))
    #expect(digest.prefix(4) == [0xBA, 0x78, 0x16, 0xBF] && digest.suffix(2) == [0x15, 0xAD])
  }

  @Test(arguments: [(0, 0), (1, 0), (2, 0), (0, 8), (2, 12)] as [(UInt16, Int)])
  func versions(minor: UInt16, extra: Int) async throws {
    var builder = Self.builder(minor: minor)
    builder.extra = extra
    try await expectContents(builder, builder.image(seed: 1))
  }

  @Test func heads() {
    let image = Self.builder().image()
    func looks(_ bytes: [UInt8], _ count: Int) -> Bool {
      LogicalPartitions.looksLikeSuper(head: bytes.span.extracting(first: count))
    }
    #expect(looks(image, Int(LogicalPartitions.geometryEnd)))
    #expect(looks(image, 4100))
    #expect(!looks(image, 4099))
    #expect(!looks(image, 0))
    var blank = image
    blank.replace(at: 4096, little: 0 as UInt32)
    #expect(looks(blank, 12_288))
    blank.replace(at: 8192, little: 0 as UInt32)
    #expect(!looks(blank, 12_288))
  }

  /// Each copy in its turn, by one flipped bit in those before.
  @Test func backups() async throws {
    var builder = Self.builder()
    for slot in 0..<2 { builder.ofSlot[slot] = [.init(name: "of\(slot)")] }
    var image = builder.image()
    func found() async throws -> LogicalPartitions {
      try await LogicalPartitions.read(name: "super.img", from: MemoryFile(image))
    }
    #expect(try await found().partitions.map(\.name) == ["of0"])
    image[4096 + 44] ^= 1
    #expect(try await found().problems == ["super.img at 4096: the geometry's checksum is wrong."])
    image[builder.offset(slot: 0) + 81] ^= 1
    #expect(try await found().partitions.map(\.name) == ["of0"])
    #expect(try await found().problems.count == 2)
    image[builder.offset(slot: 0, backup: true) + 128] ^= 1
    #expect(try await found().partitions.map(\.name) == ["of1"])
    #expect(
      try await found().problems.last == "super.img at 20480: the checksum of the partition tables is wrong.")
    image[builder.offset(slot: 1)] ^= 1
    #expect(try await found().partitions.map(\.name) == ["of1"])
    image[builder.offset(slot: 1, backup: true)] ^= 1
    let failure = await #expect(throws: Failure.self) { try await found() }
    #expect(failure?.code == .damaged && failure?.cause.contains("super.img at 12288") == true)
    image[8192 + 20] ^= 1
    let last = await #expect(throws: Failure.self) { try await found() }
    #expect(last?.cause == "super.img at 4096: the geometry's checksum is wrong.")
  }

  @Test func slotSuffixes() async throws {
    var builder = Self.builder()
    for index in builder.partitions.indices { builder.partitions[index].attributes |= 2 }
    var image = builder.image(seed: 2)
    try await expectContents(builder, image, suffix: "_a")
    for backup in [false, true] { image[builder.offset(slot: 0, backup: backup)] ^= 1 }
    let found = try await LogicalPartitions.read(name: "super.img", from: MemoryFile(image))
    #expect(found.partitions.map(\.name) == builder.partitions.map { $0.name + "_b" })
  }

  @Test func anotherFailureThanDamageIsPassedOn() async throws {
    let file = WatchedFile(Self.builder().image())
    file.failOnce(Failure(.network, "The network failed."))
    let failure = await #expect(throws: Failure.self) {
      try await LogicalPartitions.read(name: "super.img", from: file)
    }
    #expect(failure?.code == .network)
  }

  @Test func throughASparseImage() async throws {
    let workspace = TemporaryDirectory()
    var builder = Self.builder(minor: 2)
    builder.metadataSize = 65_536
    builder.firstSector = 2048
    builder.deviceSize = 3 << 20
    builder.partitions = [
      .init(name: "system_a", attributes: 1, extents: [.init(sectors: 2000, target: 4000)]),
      .init(name: "system_b", attributes: 1),
      .init(name: "vendor_a", attributes: 1, extents: [.init(sectors: 801, target: 2048)]),
    ]
    var image = builder.image(seed: 3)
    image.replaceSubrange(2_100_000..<2_300_000, with: repeatElement(0, count: 200_000))
    try workspace.write(image, to: "super.raw")
    try workspace.shell("img2simg super.raw super.img")
    let file = WatchedFile(try workspace.read("super.img"))
    let sparse = try await SparseImage.open(name: "super.img", file)
    let found = try await LogicalPartitions.read(name: "super.img", from: sparse)
    #expect(found.partitions.map(\.name) == ["system_a", "system_b", "vendor_a"])
    for (partition, expected) in zip(found.partitions, builder.partitions) {
      let content = try found.open(partition, in: sparse)
      try await expectEqual(content, Self.plain(expected, in: image), reads: 50, seed: 3)
    }
  }
}
