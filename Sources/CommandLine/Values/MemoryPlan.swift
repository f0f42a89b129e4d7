/// What of the memory that `--memory` allows is for what, in bytes. What is left is for the program itself and
/// SQLite's buffers.
///
/// ```
///  | blocks 5/16, half of them kept | decoders 3/16 | unpacked 3/32 | backlog ≤ 3/32 |
///  | places in the cache 1/16 | buffers ≤ 1/16 | free memory ≤ 1/32 | what the C library cannot use again, the program |
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
  /// Where cached blocks stand and what they are checked with: for 13 GiB of them when all is 256 MiB.
  let places: Int

  /// Read buffers that lie idle.
  let idleBuffers: Int
  /// What each of the C library's two arenas keeps of what was given back.
  let freeOfEachArena: Int
  /// What the kernel may read ahead of each reader: so much of it may be filled and wait for the rest.
  let readAhead: Int

  /// With less there would be no room for the longest blocks, and a few at a time.
  static let least = ByteSize(bytes: 64 << 20)

  private static let largestBacklog: UInt64 = 32 << 20
  /// The longest block of an old LZ4 file, which has 8 MiB, and a bit.
  private static let leastUnpacked: UInt64 = 10 << 20
  private static let largestBuffers: UInt64 = 16 << 20
  private static let largestFree: UInt64 = 4 << 20
  private static let largestReadAhead: UInt64 = 1 << 20

  init(budget: ByteSize) {
    blocks = Int(clamping: budget.bytes / 16 * 5)
    decoders = Int(clamping: budget.bytes / 16 * 3)
    unpackedBlocks = Int(clamping: max(budget.bytes / 32 * 3, Self.leastUnpacked))
    backlog = Int(clamping: min(budget.bytes / 32 * 3, Self.largestBacklog))
    places = Int(clamping: budget.bytes / 16)
    idleBuffers = Int(clamping: min(budget.bytes / 16, Self.largestBuffers))
    freeOfEachArena = Int(clamping: min(budget.bytes / 64, Self.largestFree))
    readAhead = Int(clamping: min(budget.bytes / 256, Self.largestReadAhead))
  }
}
