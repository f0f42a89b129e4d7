import Primitives

/// Where the cached blocks of a group stand, and what each is checked with.
final class CachedGroup: Sendable {
  let extent: UInt64
  /// By the block's place in the group; nil for one that is not cached.
  private let checksums: [PieceChecksums?]

  init(extent: UInt64, checksums: [(key: Int64, checksums: PieceChecksums)]) {
    self.extent = extent
    var all = [PieceChecksums?](repeating: nil, count: GroupPosition.count)
    for (key, checksums) in checksums { all[GroupPosition(blockKey: key).index] = checksums }
    self.checksums = all
  }

  subscript(key: Int64) -> PieceChecksums? { checksums[GroupPosition(blockKey: key).index] }

  /// Whether a block stands where it stood, with the same bytes.
  func agrees(with other: CachedGroup, on key: Int64) -> Bool {
    extent == other.extent && self[key] == other[key]
  }
}

/// The groups that were read lately, so that a read need not ask the database. Pure.
///
/// What it says may be old, where another process has changed the file: whoever reads by it checks the bytes.
struct KnownGroups {
  /// What a group takes of memory, in bytes.
  private static let groupBytes = 19 << 10

  private let limit: Int
  private var groups: [Int64: CachedGroup] = [:]

  /// - Parameter memory: bytes that they may take.
  init(memory: Int) { limit = max(8, memory / Self.groupBytes) }

  subscript(key: Int64) -> CachedGroup? {
    get { groups[key] }
    set {
      if newValue != nil, groups.count >= limit, groups[key] == nil {
        for old in groups.keys.prefix(limit / 8) { groups[old] = nil }
      }
      groups[key] = newValue
    }
  }

  mutating func removeAll() { groups = [:] }
}
