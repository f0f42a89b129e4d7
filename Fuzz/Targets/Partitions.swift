import Primitives

@testable import FirmwareFormats

extension FuzzTarget {
  /// The metadata of logical partitions, under checksums that are right, and what the partitions hold.
  ///
  /// ```
  ///  bytes in the image, in sectors 1 | geometry 52 | first copy of the metadata
  /// ```
  static let partitions = FuzzTarget(name: "partitions", largestInput: 8 << 10) {
    (input) async throws(Failure) in
    var fields = Fields(input)
    let size = 512 * Int(fields.number(bytes: 1))
    var geometry = Array(fields.take(52))
    var metadata = Array(fields.rest)
    seal(&geometry, at: 8, count: 52)
    let headerSize = metadata.count > 6 && metadata[6] == 2 ? 256 : 128
    if metadata.count >= headerSize {
      let tablesSize = metadata.span.littleEndian(UInt32.self, at: 44)
      let tables = Array(metadata.dropFirst(headerSize).prefix(Int(tablesSize)))
      metadata.replaceSubrange(48..<80, with: MessageDigest.sha256(of: tables))
      seal(&metadata, at: 12, count: headerSize)
    }
    var image = (0..<max(size, 16 << 10)).map { UInt8(truncatingIfNeeded: $0 >> 9) }
    for (offset, part) in [(4096, geometry), (12_288, metadata)] {
      image.replaceSubrange(
        offset..<min(image.count, offset + part.count), with: part.prefix(image.count - offset))
    }

    let file = MemoryFile(image)
    let found = try await LogicalPartitions.read(name: "super.img", from: file)
    expect(found.problems.count <= 101 + 64, "\(found.problems.count) problems")
    expect(Set(found.partitions.map(\.name)).count == found.partitions.count, "a name comes twice")
    var numbers = Numbers(of: input)
    for partition in found.partitions.prefix(8) {
      expect(!partition.name.isEmpty && !partition.name.contains("/"), "the name \(partition.name)")
      do throws(Failure) {
        let content = try found.open(partition, in: file)
        expect(content.size == partition.size, "\(content.size) bytes, not \(partition.size)")
        let plain = await readForward(content, most: 256 << 10)
        expect(plain.count == min(256 << 10, Int(clamping: content.size)), "not all of it can be read")
        let isWhole = UInt64(plain.count) == content.size
        await expectReads(of: content, in: plain, isWhole: isWhole, seed: numbers.seed())
      } catch {
        expectAboutContent(error)
      }
    }
  }

  /// Puts the SHA-256 of these bytes into its place in them.
  private static func seal(_ bytes: inout [UInt8], at index: Int, count: Int) {
    guard bytes.count >= count else { return }
    bytes.replaceSubrange(index..<index + 32, with: repeatElement(0, count: 32))
    bytes.replaceSubrange(index..<index + 32, with: MessageDigest.sha256(of: Array(bytes.prefix(count))))
  }
}
