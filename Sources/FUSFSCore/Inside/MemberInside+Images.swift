import FirmwareFormats
import Primitives

extension MemberInside {
  /// What the entry's image is, by its first bytes.
  func foundImage(of entry: TarEntry) async throws(Failure) -> EntryShape.Image {
    let source = try await content(of: entry, .unpacked)
    let head = try await head(of: source, SparseImage.headSize)
    if SparseImage.isSparse(head: head.span) {
      let image = try await expanded(entry)
      return .sparse(expanded: image.size, isPartitioned: try await isPartitioned(image))
    }
    return try await isPartitioned(source) ? .partitioned : .plain
  }

  private func isPartitioned(_ image: any RandomReadable) async throws(Failure) -> Bool {
    let head = try await head(of: image, Int(LogicalPartitions.geometryEnd))
    return LogicalPartitions.looksLikeSuper(head: head.span)
  }

  private func head(of source: any RandomReadable, _ count: Int) async throws(Failure) -> [UInt8] {
    try await source.bytes(at: 0, count: Int(min(UInt64(count), source.size)))
  }
}
