import FirmwareFormats
import Primitives

extension FuzzTarget {
  /// A ZIP file: its directory, where each member's data is, and what is in it.
  static let zip = FuzzTarget(name: "zip", largestInput: 16 << 10) { (input) async throws(Failure) in
    var numbers = Numbers(of: input)
    let file = MemoryFile(input)
    let archive = try await ZIPArchive.read(from: file)
    let again = try await ZIPArchive.read(from: file, tailSize: numbers.next(below: 300))
    expect(archive == again, "the directory depends on how much is read at a time")
    expect(archive.problems.count <= 101, "\(archive.problems.count) problems")
    expect(Set(archive.entries.map(\.name)).count == archive.entries.count, "a name comes twice")
    for entry in archive.entries.prefix(8) {
      do throws(Failure) {
        try await check(entry, of: archive, in: file, seed: numbers.seed())
      } catch {
        expectAboutContent(error)
      }
    }
  }

  private static func check(
    _ entry: ZIPArchive.Entry, of archive: ZIPArchive, in file: MemoryFile, seed: UInt64
  ) async throws(Failure) {
    expect(!entry.name.isEmpty && !entry.name.contains("/"), "the name \(entry.name)")
    let range = try await archive.dataRange(of: entry, in: file)
    expect(range.upperBound <= file.size && range.count == entry.compressedSize, "data at \(range)")
    let opened = try await archive.open(entry, in: file)
    expect(opened.size == entry.uncompressedSize, "\(opened.size) bytes, not \(entry.uncompressedSize)")
    let plain = await readForward(opened, most: 1 << 20)
    let isWhole = plain.count == Int(clamping: opened.size)
    guard entry.method == .deflated else { return expect(isWhole, "stored bytes cannot be read") }
    expect(!isWhole || plain.isEmpty || plain.crc32 == entry.crc32, "wrong bytes were given")
    let member = DeflatedMember(
      DeflatedContent(
        name: entry.name, compressed: try Window(of: file, range), size: entry.uncompressedSize,
        crc32: entry.crc32),
      limits: .init(cursors: 2, chunkSize: 1000, keptChunks: 2, inputSize: 100, checkpointSpacing: 2000),
      checkpoints: MemoryCheckpoints())
    await expectReads(of: member, in: plain, isWhole: isWhole, seed: seed)
  }
}
