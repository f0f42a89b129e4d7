import Primitives

/// How many plain bytes a frame's blocks hold, of as many blocks from its first on as are known.
///
/// Most are full, so only those that are not are kept.
struct LZ4FrameContent: Sendable, Equatable {
  struct Short: Sendable, Equatable {
    /// Within the frame.
    let block: Int
    /// What it and all before it lack to be full, in bytes.
    let missing: UInt64
  }

  /// Blocks that are known.
  private(set) var blockCount = 0
  /// Plain bytes of these.
  private(set) var size: UInt64 = 0
  private(set) var shorts: [Short] = []
  /// The frame's size and its last block did not fit together as they do where all other blocks are full.
  var hasShortBlocks = false

  private var missing: UInt64 { shorts.last?.missing ?? 0 }

  /// The next block has this many bytes, of `limit` at most.
  mutating func append(_ count: Int, limit: Int) {
    if count < limit {
      shorts.append(Short(block: blockCount, missing: missing + UInt64(limit - count)))
    }
    blockCount += 1
    size += UInt64(count)
  }

  /// All blocks up to this one, the last, are full.
  mutating func appendFull(upTo block: Int, limit: Int) {
    guard block > blockCount else { return }
    size += UInt64(block - blockCount) * UInt64(limit)
    blockCount = block
  }

  /// Plain bytes of the frame before a block that is known, or the first that is not.
  func start(of block: Int, limit: Int) -> UInt64 {
    let before = shorts.partitionPoint { $0.block < block }
    return UInt64(block) * UInt64(limit) - (before > 0 ? shorts[before - 1].missing : 0)
  }

  /// The block that holds a byte before `size`.
  func block(holding offset: UInt64, limit: Int) -> Int {
    guard !shorts.isEmpty else { return Int(offset / UInt64(limit)) }
    return (0..<blockCount).partitionPoint { start(of: $0 + 1, limit: limit) <= offset }
  }
}
