/// A block to be decoded, and what was known of it at one moment.
struct LZ4BlockJob: Sendable {
  /// Among all blocks of the file.
  let index: Int
  /// Packed bytes before its size field.
  let offset: UInt64
  /// Of its data in the packed file, in bytes.
  let size: Int
  /// Its data is plain.
  let isStored: Bool
  /// The most plain bytes that it may hold.
  let capacity: Int
  /// Plain bytes of the file before it, where that is known.
  let contentStart: UInt64?

  let frame: Int
  let header: LZ4FrameHeader
  /// The frame's blocks, as far as they are known.
  let siblings: Range<Int>
  /// Whether the frame has no others.
  let isFrameWhole: Bool
  let contentChecksum: UInt32?

  init(_ index: Int, of table: LZ4Table) {
    let block = table.block(index)
    self.index = index
    offset = block.offset
    size = block.size
    isStored = block.isStored
    capacity = table.capacity(of: index)
    contentStart = table.contentStart(of: index)
    frame = block.frame
    header = table.frames[frame].header
    siblings = table.frames[frame].firstBlock..<table.frames[frame].blocksEnd
    isFrameWhole = table.frames[frame].end != nil
    contentChecksum = table.frames[frame].contentChecksum
  }

  /// No further block follows in its frame.
  var isLast: Bool { isFrameWhole && index == siblings.upperBound - 1 }
  /// Packed bytes before its data.
  var dataOffset: UInt64 { offset + 4 }
  /// Packed bytes up to the end of its data.
  var endOffset: UInt64 { dataOffset + UInt64(size) }
}
