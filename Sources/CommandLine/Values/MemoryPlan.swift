/// What of the memory that `--memory` allows is for what, in bytes. What is left is for the program itself, its buffers
/// and SQLite's.
///
/// ```
///  | blocks 3/8: half kept, a quarter the widest read-ahead | decoders 1/4 | unpacked 1/8 | backlog ≤ 1/8 | rest |
/// ```
struct MemoryPlan: Equatable {
  /// Blocks of ciphertext: the recent ones and those on their way.
  let blocks: Int
  /// Decoders of members, with the output that they keep.
  let decoders: Int
  /// Unpacked blocks of LZ4 files.
  let unpackedBlocks: Int
  /// Blocks that wait to be written to the cache.
  let backlog: Int

  private static let largestBacklog: UInt64 = 32 << 20

  init(budget: ByteSize) {
    blocks = Int(clamping: budget.bytes / 8 * 3)
    decoders = Int(clamping: budget.bytes / 4)
    unpackedBlocks = Int(clamping: budget.bytes / 8)
    backlog = Int(clamping: min(budget.bytes / 8, Self.largestBacklog))
  }
}
