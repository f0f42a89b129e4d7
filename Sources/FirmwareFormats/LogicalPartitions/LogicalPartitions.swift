package import Primitives

/// Android's logical partitions inside a raw super image.
///
/// ```
///  0          4096       8192       12288
///  +----------+----------+----------+--------+--------+-----+--------+--------+-----+------------
///  | reserved | geometry | geometry | slot 0 | slot 1 | ... | slot 0 | slot 1 | ... | partitions'
///  |          |          | (backup) |        |        |     |    (backups)    |     | extents
///  +----------+----------+----------+--------+--------+-----+--------+--------+-----+------------
/// ```
/// Each slot holds metadata for one way to start the device; all of them describe the same super image. The first one
/// is taken whose checksums are right: slot 0, its backup, and then the others in this order.
package struct LogicalPartitions: Sendable {
  /// What can be shown, in the metadata's order.
  package let partitions: [Partition]
  /// Sentences about what was passed over: copies of the metadata, and partitions that are left out, at most
  /// `mostProblems` and one that says how many more.
  package let problems: [String]

  static let mostProblems = 100
  private static let geometryOffsets: [UInt64] = [4096, 8192]

  /// A head of this many bytes tells whether a file may be a super image.
  package static let geometryEnd: UInt64 = 12_288

  /// Whether the geometry or its backup begins as it must; `read` says whether the rest can be true.
  package static func looksLikeSuper(head: Span<UInt8>) -> Bool {
    geometryOffsets.contains { offset in
      head.count >= Int(offset) + 4 && head.littleEndian(UInt32.self, at: Int(offset)) == Geometry.magic
    }
  }

  /// Reads the metadata.
  ///
  /// Throws `damaged` where no copy of it can be true, `unsupported` for another version of the format or for one that
  /// is larger than this program takes.
  package static func read(
    name: String, from image: any RandomReadable
  ) async throws(Failure) -> LogicalPartitions {
    var problems: [String] = []
    let geometry = try await firstGood(of: geometryOffsets, problems: &problems) {
      (offset) async throws(Failure) in
      let bytes = try await bytes(of: name, image, at: offset, count: Geometry.size)
      return try Geometry(bytes, at: "\(name) at \(offset)")
    }
    let metadata = try await firstGood(of: geometry.copies, problems: &problems) {
      (copy) async throws(Failure) in
      let place = "\(name) at \(copy.offset)"
      let head = try await bytes(of: name, image, at: copy.offset, count: MetadataHeader.largestSize)
      let header = try MetadataHeader(head, at: place, limit: geometry.metadataSize)
      let tables = try await bytes(
        of: name, image, at: copy.offset + UInt64(header.size), count: header.tablesSize)
      return try Metadata(header, tables: tables, slot: copy.slot, at: place)
    }
    return LogicalPartitions(metadata, geometry, problems: problems)
  }

  /// The partition's content.
  ///
  /// Throws `damaged` where the image ends before it does.
  package func open(
    _ partition: Partition, in image: any RandomReadable
  ) throws(Failure) -> any RandomReadable {
    guard partition.imageEnd <= image.size else {
      throw Failure(
        .damaged,
        "The partition \(partition.name) lies up to \(partition.imageEnd), the image has \(image.size) bytes."
      )
    }
    return PartitionContent(extents: partition.extents, image: image)
  }

  /// What the first of the copies gives that can be used; the first one's failure if none can.
  private static func firstGood<Copy, Value>(
    of copies: [Copy], problems: inout [String], _ parse: (Copy) async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    var failures: [Failure] = []
    for copy in copies {
      do throws(Failure) {
        let value = try await parse(copy)
        problems += failures.map(\.cause)
        return value
      } catch {
        guard error.code == .damaged || error.code == .unsupported else { throw error }
        failures.append(error)
      }
    }
    throw failures.first ?? Failure(.damaged, "There is no metadata of logical partitions.")
  }

  /// `count` is bounded by the caller.
  private static func bytes(
    of name: String, _ image: any RandomReadable, at offset: UInt64, count: Int
  ) async throws(Failure) -> [UInt8] {
    guard offset <= image.size, UInt64(count) <= image.size - offset else {
      throw Failure(
        .damaged,
        "\(name) has \(image.size) bytes, too few for the \(count) bytes of partition metadata at \(offset).")
    }
    return try await image.bytes(at: offset, count: count)
  }
}

/// A partition's extents in the super image.
private struct PartitionContent: RandomReadable {
  let extents: ExtentMap
  let image: any RandomReadable

  var size: UInt64 { extents.end }

  func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure) {
    try checkRange(at: offset, count: destination.byteCount)
    try await destination.fill(at: offset, from: image) { (position) throws(Failure) in
      guard let extent = extents.extent(holding: position) else {
        throw Failure(.invalid, "\(position) is not within the \(extents.end) bytes of the partition.")
      }
      return extent
    }
  }
}
