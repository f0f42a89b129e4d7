/// What has been found out about what an entry holds.
struct EntryShape: Sendable, Equatable, Codable {
  /// Bytes of what its LZ4 frames hold; nil if that is not known or it has none.
  var unpacked: UInt64?
  /// Of its image.
  var image: Image?

  enum Image: Sendable, Equatable, Codable {
    /// Neither sparse nor one of logical partitions.
    case plain
    /// Nothing is to be expanded, and there are logical partitions.
    case partitioned
    /// A sparse image.
    case sparse(expanded: UInt64, isPartitioned: Bool)
  }

  /// Bytes of the image expanded, where it is a sparse one.
  var expanded: UInt64? {
    guard case .sparse(let expanded, _) = image else { return nil }
    return expanded
  }

  var isPartitioned: Bool {
    switch image {
    case .partitioned, .sparse(_, isPartitioned: true): true
    case .plain, .sparse, nil: false
    }
  }
}
