import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

/// Metadata that lies, its checksums being right.
@Suite(.timeLimit(.minutes(10)))
struct HostileLogicalPartitionsTests {
  private func read(_ builder: SuperBuilder) async throws(Failure) -> LogicalPartitions {
    try await LogicalPartitions.read(name: "super.img", from: MemoryFile(builder.image()))
  }

  private func failure(_ builder: SuperBuilder) async -> Failure? {
    do {
      _ = try await read(builder)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    arguments: [
      (4, 56, .unsupported), (40, 0, .damaged), (40, 4097, .damaged), (40, (1 << 20) + 512, .unsupported),
      (44, 0, .damaged), (44, 33, .unsupported), (48, 0, .damaged), (48, 1000, .damaged), (0, 0, .damaged),
    ] as [(Int, UInt32, Failure.Code)])
  func geometry(index: Int, value: UInt32, code: Failure.Code) async {
    var builder = SuperBuilder()
    builder.tamperGeometry = { $0.replace(at: index, little: value) }
    #expect(await failure(builder)?.code == code)
  }

  @Test(
    arguments: [
      (4, 11, .unsupported), (6, 3, .unsupported), (8, 256, .damaged), (0, 0, .damaged),
      (80, 0xFFFF, .damaged), (84, 0xFFFF, .damaged), (88, 0xFFFF, .damaged), (116, 0xFFFF, .damaged),
      (120, 0, .damaged), (124, 63, .damaged), (44, 0xFFFF, .damaged), (44, 3968, .damaged),
    ] as [(Int, UInt16, Failure.Code)])
  func header(index: Int, value: UInt16, code: Failure.Code) async {
    var builder = LogicalPartitionsTests.builder()
    builder.tamperHeader = { $0.replace(at: index, little: value) }
    #expect(await failure(builder)?.code == code)
  }

  @Test func tooManyEntries() async {
    var builder = SuperBuilder()
    builder.metadataSize = 512 << 10
    builder.firstSector = 8192
    builder.deviceSize = 8 << 20
    builder.partitions = (0...4096).map { .init(name: "p\($0)") }
    #expect(await failure(builder)?.code == .unsupported)
  }

  /// One partition with a fault between two good ones: what is said about it.
  private func problem(
    _ partition: SuperBuilder.Partition, devices: Int = 1, metadataSize: Int = 4096
  ) async throws -> String {
    var builder = SuperBuilder()
    builder.devices = devices
    builder.metadataSize = metadataSize
    builder.partitions = [
      .init(name: "first", extents: [.init(sectors: 8, target: 1000)]), partition,
      .init(name: "last", extents: [.init(sectors: 8, target: 1008)]),
    ]
    let found = try await read(builder)
    #expect(found.partitions.map(\.name) == ["first", "last"])
    #expect(found.problems.count == 1)
    return found.problems.joined()
  }

  @Test(arguments: ["", "a/b", "..", ".", "a b", "a\u{7F}", "ä", "a\nb", "a\\b"])
  func names(name: String) async throws {
    #expect(try await problem(.init(name: name)).contains("is left out: it"))
  }

  @Test func namesOfEveryLength() async throws {
    var builder = SuperBuilder()
    builder.partitions = (1...36).map { .init(name: String(repeating: "x", count: $0), attributes: 2) }
    let found = try await read(builder)
    #expect(found.partitions.map(\.name.utf8.count) == Array(3...38))
  }

  @Test func theSameNameTwice() async throws {
    #expect(try await problem(.init(name: "first")).contains("another one before it has the same name"))
  }

  @Test(
    arguments: [
      (.init(sectors: 8, target: 0), "does not lie within"),
      (.init(sectors: 8, target: 63), "does not lie within"),
      (.init(sectors: 1, target: 2048), "does not lie within"),
      (.init(sectors: .max, target: 64), "larger than a file"),
      (.init(sectors: 1 << 54, target: 64), "does not lie within"),
      (.init(sectors: 8, target: .max), "does not lie within"),
      (.init(sectors: 8, type: 2), "unknown type 2"),
      (.init(sectors: 1 << 54, type: 1), "larger than a file"),
      (.init(sectors: .max, type: 1), "larger than a file"),
      (.init(sectors: 8, target: 500, device: 1), "another block device, number 1"),
      (.init(sectors: 8, target: 993), "overlaps"), (.init(sectors: 1, target: 1007), "overlaps"),
      (.init(sectors: 100, target: 990), "overlaps"),
    ] as [(SuperBuilder.Extent, String)])
  func extents(extent: SuperBuilder.Extent, words: String) async throws {
    let good = SuperBuilder.Extent(sectors: 4, target: 1900)
    for extents in [[extent], [good, extent], [extent, good]] {
      let said = try await problem(.init(name: "bad", extents: extents), devices: 2)
      #expect(said.contains("\"bad\" is left out: ") && said.contains(words), "\(said)")
    }
  }

  @Test func overTheMetadata() async throws {
    // Two slots and their backups end at 12288 + 4 × 8192.
    let said = try await problem(
      .init(name: "bad", extents: [.init(sectors: 1, target: 87)]), metadataSize: 8192)
    #expect(said.contains("the bytes 45056 to"))
  }

  @Test func overlapInItself() async throws {
    let extents = [SuperBuilder.Extent(sectors: 8, target: 100), .init(sectors: 8, target: 107)]
    #expect(try await problem(.init(name: "bad", extents: extents)).contains("overlaps"))
  }

  @Test func whatALeftOutPartitionClaimsIsFree() async throws {
    var builder = SuperBuilder()
    builder.partitions = [
      .init(name: "a", extents: [.init(sectors: 8, target: 100), .init(sectors: 8, target: 0)]),
      .init(name: "b", extents: [.init(sectors: 8, target: 100)]),
    ]
    #expect(try await read(builder).partitions.map(\.name) == ["b"])
  }

  @Test func extentsOfAnother() async throws {
    var builder = LogicalPartitionsTests.builder()
    builder.tamper = { $0.replace(at: 52 + 40, little: 3 as UInt32) }
    #expect(try await read(builder).problems.joined().contains("extent 3 belongs to another partition"))
    builder.tamper = { $0.replace(at: 52 + 44, little: UInt32.max) }
    #expect(try await read(builder).problems.joined().contains("are not among the 6 there are"))
  }

  /// As many partitions as there may be, all of them on the same sectors: few words.
  @Test func manyThatOverlap() async throws {
    var builder = SuperBuilder()
    builder.metadataSize = 512 << 10
    builder.firstSector = 8192
    builder.deviceSize = 8 << 20
    builder.partitions = (0..<4096).map { .init(name: "p\($0)", extents: [.init(sectors: 8, target: 9000)]) }
    let found = try await read(builder)
    #expect(found.partitions.map(\.name) == ["p0"])
    #expect(found.problems.count == LogicalPartitions.mostProblems + 1)
    #expect(found.problems.last == "3995 more partitions are left out.")
  }

  @Test func imageThatEndsEarly() async throws {
    let builder = LogicalPartitionsTests.builder()
    let image = builder.image()
    let file = MemoryFile(Array(image[..<(1099 * 512)]))
    let found = try await LogicalPartitions.read(name: "super.img", from: file)
    #expect(throws: Failure.self) { try found.open(found.partitions[0], in: file) }
    #expect(try found.open(found.partitions[1], in: file).size == 64 * 512)
    for count in stride(from: 0, to: 12_288 + 592, by: 13) {
      let cut = await #expect(throws: Failure.self) {
        try await LogicalPartitions.read(name: "super.img", from: MemoryFile(Array(image[..<count])))
      }
      #expect(cut?.code == .damaged)
    }
  }

  @Test func randomTables() async throws {
    var random = SplitMix(seed: 77)
    for _ in 0..<300 {
      var builder = LogicalPartitionsTests.builder()
      builder.deviceSize = 640 << 10
      builder.slots = 1
      let seed = random.next()
      builder.tamper = { tables in
        var random = SplitMix(seed: seed)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
          tables[Int.random(in: 0..<tables.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
      }
      builder.tamperHeader = { header in
        var random = SplitMix(seed: seed)
        guard Bool.random(using: &random) else { return }
        header[Int.random(in: 80..<128, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      let file = MemoryFile(builder.image())
      guard let found = try? await LogicalPartitions.read(name: "super.img", from: file) else { continue }
      for partition in found.partitions {
        guard let content = try? found.open(partition, in: file) else { continue }
        _ = try await content.bytes(at: 0, count: Int(min(content.size, 4096)))
      }
    }
  }

  /// Flips without new checksums find the other copies.
  @Test func flippedBits() async throws {
    var random = SplitMix(seed: 78)
    let image = LogicalPartitionsTests.builder().image()
    for _ in 0..<300 {
      var flipped = image
      let bit = Int.random(in: 4096 * 8..<28_672 * 8, using: &random)
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      let found = try await LogicalPartitions.read(name: "super.img", from: MemoryFile(flipped))
      #expect(found.partitions.count == 4)
    }
  }
}
