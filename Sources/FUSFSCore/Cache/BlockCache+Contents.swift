import Primitives

/// A binary that the cache has blocks of, or keeps room for.
package struct StoredBinary: Sendable, Equatable {
  package let binary: BinaryID
  /// Bytes of it that are cached.
  package let cachedBytes: UInt64
  /// Whether its blocks are never evicted.
  package let isPinned: Bool
}

// What is in the file, whoever wrote it: for a person who asks.
extension BlockCache {
  /// Where the cache lies: an absolute path without symbolic links.
  package var directory: String { file.directory.path }

  /// The binaries that are cached in part or pinned, in the order of their names. What is not committed is not seen.
  package var contents: [StoredBinary] {
    storedBinaries.compactMap { binary, isPinned in
      guard let grid = binary.grid else { return nil }
      let bytes = committedBlocks(of: binary, grid)?.bytes(in: grid) ?? 0
      guard bytes > 0 || isPinned else { return nil }
      return StoredBinary(binary: binary, cachedBytes: bytes, isPinned: isPinned)
    }
  }

  /// The binaries that the server calls so, as far as the file knows them.
  package func binaries(named name: String) -> [BinaryID] {
    storedBinaries.map(\.binary).filter { $0.name == name }
  }

  /// The blocks that the file has of the binary now; nil when it cannot be read.
  func committedBlocks(of binary: BinaryID, _ grid: BlockGrid) -> BlockSet? {
    let keys = binary.groupKeys
    guard let groups = read({ (reader) throws(SQLiteError) in try reader.groups(keys) }) else { return nil }
    var blocks = BlockSet(count: grid.count)
    for group in groups {
      blocks.insert(group: Int(group.key - keys.lowerBound), bits: group.present)
    }
    return blocks
  }

  /// Forgets what is known of the binary's blocks, so that the file is asked again: another process may have evicted
  /// some, or fetched some more.
  func lookAgain(at binary: BinaryID) async {
    await flush()
    presence.withLock { $0.forget(binary) }
  }
}
