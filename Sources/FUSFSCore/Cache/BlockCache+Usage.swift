import Primitives

/// What the cache takes, in bytes.
package struct CacheUsage: Sendable, Equatable {
  /// In blocks.
  package let blocks: UInt64
  /// In blocks of pinned binaries.
  package let pinned: UInt64
  /// In checkpoints, about.
  package let indexes: UInt64
  /// On the disk: the files and the log.
  package let file: UInt64
  /// What the blocks and rows are kept under.
  package let limit: UInt64
}

extension BlockCache {
  /// What is committed. It looks at every binary: for a person who asks, not for every read.
  package var usage: CacheUsage {
    var blocks: UInt64 = 0
    var pinned: UInt64 = 0
    for (binary, isPinned) in storedBinaries {
      let bytes = committedBytes(of: binary)
      blocks += bytes
      if isPinned { pinned += bytes }
    }
    let indexes = read { (reader) throws(SQLiteError) in try reader.indexBytes() } ?? 0
    return CacheUsage(
      blocks: blocks, pinned: pinned, indexes: indexes, file: file.directory.fileBytes, limit: limit)
  }

  private func committedBytes(of binary: BinaryID) -> UInt64 {
    guard let grid = binary.grid else { return 0 }
    return committedBlocks(of: binary, grid)?.bytes(in: grid) ?? 0
  }
}
