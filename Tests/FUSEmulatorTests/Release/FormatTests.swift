import TestSupport
import Testing

@testable import FUSEmulator

@Suite struct FormatTests {
  private static let content = GeneratedContent(size: 5_000_001, seed: 11, mix: .firmware)

  @Test(arguments: [TarWriter.Dialect.ustar, .gnu]) func tarListsAndUnpacks(dialect: TarWriter.Dialect) throws
  {
    let scratch = TemporaryDirectory()
    let longName = "folder/" + String(repeating: "long", count: 40)
    let content = try GeneratedContent(size: 1025, seed: 1, mix: .packed).bytes()
    do {
      let sink = try FileSink(creating: "\(scratch.path)/x.tar.md5")
      let tar = TarWriter(dialect: dialect, time: 1_631_085_332, next: sink)
      try tar.addDirectory(name: "folder/")
      try tar.addFile(name: "folder/a", source: BytesSource(bytes: content))
      try tar.addFile(name: "empty", source: ZeroSource(size: 0))
      if dialect == .gnu { try tar.addFile(name: longName, source: BytesSource(bytes: content)) }
      try tar.finish(name: "x.tar")
    }
    let listing = try scratch.shell("tar -tvf x.tar.md5")
    #expect(listing.contains("-rw-r--r-- root/root      1025 2021-09-08 07:15 folder/a\n"))
    #expect(listing.contains("drwxr-xr-x root/root         0 2021-09-08 07:15 folder/\n"))
    try scratch.shell("tar -xf x.tar.md5")
    #expect(try scratch.read("folder/a") == content)
    #expect(try FileSource(path: "\(scratch.path)/empty").size == 0)
    if dialect == .gnu { #expect(try scratch.read("\(longName)") == content) }
    // The line is md5sum's own, over whole records of 10240 bytes.
    try scratch.shell(
      "tail -n 1 x.tar.md5 | tail -c 40 > line; head -c 10240 x.tar.md5 > x.tar; md5sum -c line")
  }

  @Test func tarWritesSizesFrom8GiBOnInBinary() throws {
    let sink = PrefixSink(limit: 512)
    let tar = TarWriter(dialect: .gnu, time: 0, next: sink)
    #expect(throws: ReleaseFault.failed("enough")) {
      try tar.addFile(name: "big", source: ZeroSource(size: 9 << 30))
    }
    let size = sink.bytes[124..<136]
    #expect(Array(size) == [0x80, 0, 0, 0, 0, 0, 0, 2, 0x40, 0, 0, 0])
  }

  @Test func zipsAreAcceptedAndHaveZIP64RecordsWhateverTheirSize() throws {
    let scratch = TemporaryDirectory()
    let content = try Self.content.bytes()
    do {
      let zip = ZipWriter(
        timestamp: ReleaseTime(seconds: 1_631_085_332).dosTimestamp,
        next: try FileSink(creating: "\(scratch.path)/x.zip"))
      try zip.add(name: "deflated", storage: .deflated) { sink throws(ReleaseFault) in
        try Self.content.copy(to: sink)
      }
      let crc32 = updatedCRC32(0, content.span)
      try zip.add(name: "stored", storage: .stored(size: content.count, crc32: crc32)) {
        sink throws(ReleaseFault) in try Self.content.copy(to: sink)
      }
      try zip.add(name: "empty", storage: .deflated) { _ in }
      try zip.finish()
    }
    try scratch.shell("unzip -t x.zip && 7z t x.zip")
    let listing = try scratch.shell(
      """
      python3 -c 'import zipfile
      z = zipfile.ZipFile("x.zip")
      assert z.testzip() is None
      for i in z.infolist(): print(i.filename, i.compress_type, i.file_size, i.flag_bits, i.extract_version)'
      """)
    #expect(listing == "deflated 8 5000001 8 45\nstored 0 5000001 0 45\nempty 8 0 8 45\n")
    try scratch.shell("unzip -q x.zip")
    #expect(try scratch.read("deflated") == content)
    #expect(try scratch.read("stored") == content)
    let bytes = try scratch.read("x.zip")
    let tail = Array(bytes.suffix(98))
    #expect(Array(tail[0..<4]) == [0x50, 0x4b, 6, 6])
    #expect(Array(tail[56..<60]) == [0x50, 0x4b, 6, 7])
    let end: [UInt8] = [0x50, 0x4b, 5, 6, 0, 0, 0, 0] + [UInt8](repeating: 255, count: 12) + [0, 0]
    #expect(Array(tail[76..<98]) == end)
  }

  @Test func zipRefusesAStoredMemberThatChanged() {
    let zip = ZipWriter(timestamp: 0, next: MemorySink())
    #expect(throws: ReleaseFault.failed("a came out different from what was measured before.")) {
      try zip.add(name: "a", storage: .stored(size: 2, crc32: 0)) { sink throws(ReleaseFault) in
        try sink.write([1, 2])
      }
    }
  }

  @Test(arguments: [
    (LZ4Format.usual, [0x04, 0x22, 0x4d, 0x18, 0x6c, 0x60]),
    (.frame(.init(hasLinkedBlocks: true)), [0x04, 0x22, 0x4d, 0x18, 0x4c, 0x60]),
    (.frame(.init(hasContentSize: false)), [0x04, 0x22, 0x4d, 0x18, 0x64, 0x60]),
    (
      .frame(.init(blockSize: .kibibytes64, hasContentChecksum: false)), [0x04, 0x22, 0x4d, 0x18, 0x68, 0x40]
    ),
    (.frame(.init(blockSize: .kibibytes256, hasBlockChecksums: true)), [0x04, 0x22, 0x4d, 0x18, 0x7c, 0x50]),
    (.frame(.init(blockSize: .mebibytes4)), [0x04, 0x22, 0x4d, 0x18, 0x6c, 0x70]),
    (.legacy, [0x02, 0x21, 0x4c, 0x18]),
  ]) func lz4UnpacksEveryKind(format: LZ4Format, start: [UInt8]) throws {
    let scratch = TemporaryDirectory()
    // Two legacy blocks, and a last block that is not full.
    let content = GeneratedContent(size: (8 << 20) + 100_001, seed: 5, mix: .firmware)
    do {
      let sink = try FileSink(creating: "\(scratch.path)/x.lz4")
      try format.pack(contentSize: content.size, to: sink) { sink throws(ReleaseFault) in
        try content.copy(to: sink)
      }
    }
    try scratch.shell("lz4 -q -t x.lz4; lz4 -q -d x.lz4 x")
    #expect(try scratch.read("x") == content.bytes())
    #expect(Array(try scratch.read("x.lz4").prefix(start.count)) == start)
  }

  @Test func sparseImagesCarryRawFillAndDontCare() throws {
    let scratch = TemporaryDirectory()
    var source = JoinedSource()
    let noise = GeneratedContent(size: 3 * 4096, seed: 2, mix: .packed)
    source.append(noise)
    source.append(ZeroSource(size: 4096))
    source.append(BytesSource(bytes: Array(repeatElement([1, 2, 3, 4], count: 2048).joined())))
    source.append(ZeroSource(size: 16 * 4096))
    source.append(noise)
    let raw = MemorySink()
    let image = try SparseWriter(scanning: source, raw: raw)
    #expect(
      image.chunks == [
        .init(kind: .raw, blocks: 3), .init(kind: .fill(0), blocks: 1),
        .init(kind: .fill(0x0403_0201), blocks: 2), .init(kind: .dontCare, blocks: 16),
        .init(kind: .raw, blocks: 3),
      ])
    #expect(try raw.bytes == source.bytes())
    try image.write(to: FileSink(creating: "\(scratch.path)/x.img"))
    #expect(try FileSource(path: "\(scratch.path)/x.img").size == image.size)
    try scratch.shell("simg2img x.img x.raw")
    #expect(try scratch.read("x.raw") == raw.bytes)
  }

  @Test func heimdallPrintsThePartitionInformationTable() throws {
    let scratch = TemporaryDirectory()
    let table = PartitionInformationTable(
      project: "A207F",
      entries: [
        .init(partition: "BOOT", file: "boot.img", blocks: 100),
        .init(partition: String(repeating: "S", count: 40), file: "super.img", blocks: 7),
      ])
    #expect(table.bytes.count == 28 + 2 * 132)
    try scratch.write(table.bytes, to: "x.pit")
    let text = try scratch.shell("heimdall print-pit --file x.pit")
    #expect(text.contains("Entry Count: 2"))
    #expect(text.contains("Partition Name: BOOT\nFlash Filename: boot.img"))
    #expect(text.contains("Partition Block Size/Offset: 100\nPartition Block Count: 7"))
    #expect(text.contains("Partition Name: \(String(repeating: "S", count: 31))\n"))
  }

  @Test func superHoldsOnePartitionInTwoExtents() throws {
    let system = GeneratedContent(size: 5 * 4096, seed: 1, mix: .packed)
    let vendor = GeneratedContent(size: 4096, seed: 2, mix: .packed)
    let image = try SuperImage(system: system, vendor: vendor, product: ZeroSource(size: 0))
    #expect(
      image.table.partitions == [
        .init(
          name: "system",
          extents: [.init(firstSector: 2048, sectors: 16), .init(firstSector: 6144, sectors: 24)]),
        .init(name: "vendor", extents: [.init(firstSector: 4096, sectors: 8)]),
        .init(name: "product", extents: [.init(firstSector: 8192, sectors: 0)]),
      ])
    let bytes = try image.source.bytes()
    #expect(bytes.count == image.table.deviceSize)
    #expect(try Array(bytes[2048 * 512..<2064 * 512] + bytes[6144 * 512..<6168 * 512]) == system.bytes())
    #expect(try Array(bytes[4096 * 512..<4104 * 512]) == vendor.bytes())
  }
}

/// Keeps the first bytes and then refuses.
private final class PrefixSink: ByteSink {
  private let limit: Int
  private(set) var bytes: [UInt8] = []

  init(limit: Int) {
    self.limit = limit
  }

  func write(_ bytes: Span<UInt8>) throws(ReleaseFault) {
    guard self.bytes.count < limit else { throw .failed("enough") }
    for index in bytes.indices { self.bytes.append(bytes[index]) }
  }
}
