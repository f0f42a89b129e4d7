import Primitives

/// Bytes of a block, wherever they stand in memory.
struct BlockPart {
  /// All of the block or what of it was read.
  let block: ByteBlock
  /// The bytes in it.
  let range: Range<Int>
}
