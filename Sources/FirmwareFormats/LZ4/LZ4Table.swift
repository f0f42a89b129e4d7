import Primitives

/// Where the frames and blocks of an LZ4 file lie, as far as it has been walked.
///
/// ```
///  frame header | size 4 | data | checksum 4? | size 4 | data | checksum 4? | … | 0 in 4 | content checksum 4?
///               ^ a block's offset            ^ the next one's                  (not in a legacy frame)
/// ```
/// A block takes 4 bytes here, and every 64th another 8 for its offset.
struct LZ4Table: Sendable, Equatable {
  static let mostBlocks = 1 << 20
  static let mostFrames = 1 << 16

  struct Frame: Sendable, Equatable {
    let header: LZ4FrameHeader
    /// Packed bytes before it.
    let offset: UInt64
    /// How many blocks other frames have before it.
    let firstBlock: Int
    var blockCount = 0
    /// Packed bytes up to its end; nil while further blocks may come.
    var end: UInt64?
    var contentChecksum: UInt32?
    /// Plain bytes before it; nil while the size of an earlier frame is not known.
    var contentStart: UInt64?
    var content = LZ4FrameContent()

    /// Plain bytes of it; nil while they are not known.
    var contentSize: UInt64? {
      header.contentSize ?? (end != nil && content.blockCount == blockCount ? content.size : nil)
    }

    var blocksEnd: Int { firstBlock + blockCount }
  }

  private static let anchorSpacing = 64

  /// Of the packed file, in bytes.
  let size: UInt64
  var frames: [Frame] = []
  /// Each block's size, with the high bit set where it is stored as it is.
  private(set) var words: [UInt32] = []
  /// The offset of every 64th block.
  private var anchors: [UInt64] = []

  init(size: UInt64) { self.size = size }

  // MARK: What a walk adds

  mutating func beginFrame(_ header: LZ4FrameHeader, at offset: UInt64) throws(Failure) {
    guard frames.count < Self.mostFrames else {
      throw Failure(.unsupported, "it has more than \(Self.mostFrames) LZ4 frames.")
    }
    if let claim = header.contentSize, claim > LZ4Block.mostPlain(of: size - min(size, offset)) {
      throw Failure(
        .damaged, "the LZ4 frame at byte \(offset) claims \(claim) bytes, more than LZ4 can give.")
    }
    guard header.contentSize ?? 0 <= UInt64(Self.mostBlocks) * UInt64(header.blockLimit) else {
      throw Failure(.unsupported, "it has more than \(Self.mostBlocks) LZ4 blocks.")
    }
    var frame = Frame(header: header, offset: offset, firstBlock: words.count)
    frame.contentStart = contentEnd
    frames.append(frame)
  }

  /// Adds the block whose size field stands at `offset`, directly after what was added before; the offset behind it.
  mutating func append(_ word: UInt32, at offset: UInt64) throws(Failure) -> UInt64 {
    guard words.count < Self.mostBlocks else {
      throw Failure(.unsupported, "it has more than \(Self.mostBlocks) LZ4 blocks.")
    }
    let last = frames.count - 1
    let header = frames[last].header
    let count = Int(word & ~LZ4TableBlock.storedFlag)
    guard count <= header.packedLimit, !header.isLegacy || word & LZ4TableBlock.storedFlag == 0 else {
      throw Failure(
        .damaged,
        "the LZ4 block at byte \(offset) is \(count) bytes long, over its limit of \(header.packedLimit).")
    }
    let span = Self.span(word, header)
    guard offset <= size, span <= size - offset else {
      throw Failure(
        .damaged, "the LZ4 block at byte \(offset) is \(count) bytes long, beyond the end at byte \(size).")
    }
    if let claim = header.contentSize, frames[last].content.blockCount == frames[last].blockCount,
      frames[last].content.size == claim
    {
      throw Failure(
        .damaged,
        "the LZ4 frame at byte \(frames[last].offset) goes on at byte \(offset) beyond its \(claim) bytes.")
    }
    if words.count % Self.anchorSpacing == 0 { anchors.append(offset) }
    words.append(word)
    frames[last].blockCount += 1
    try measureStored(last)
    return offset + span
  }

  /// The last frame has no further blocks, and ends before the byte at `end`.
  mutating func endFrame(at end: UInt64, contentChecksum: UInt32?) throws(Failure) {
    let last = frames.count - 1
    let frame = frames[last]
    if let claim = frame.header.contentSize {
      let most = min(
        UInt64(frame.blockCount) * UInt64(frame.header.blockLimit), LZ4Block.mostPlain(of: end - frame.offset)
      )
      let isWhole = frame.content.blockCount == frame.blockCount
      guard claim <= most, !isWhole || frame.content.size == claim else {
        throw Failure(
          .damaged,
          "the LZ4 frame at byte \(frame.offset) claims \(claim) bytes but ends at byte \(end) "
            + "with \(isWhole ? frame.content.size : most) at most.")
      }
    }
    frames[last].end = end
    frames[last].contentChecksum = contentChecksum
    if frame.blockCount > 0, words[frame.blocksEnd - 1] & LZ4TableBlock.storedFlag != 0 {
      prove(frame: last, lastSize: block(frame.blocksEnd - 1).size)
    }
  }

  // MARK: Where things are

  /// The frame that holds the block.
  func frameIndex(of block: Int) -> Int {
    frames.partitionPoint { $0.firstBlock <= block } - 1
  }

  func block(_ block: Int) -> LZ4TableBlock {
    let frame = frameIndex(of: block)
    return LZ4TableBlock(
      index: block, frame: frame, offset: offset(of: block, in: frames[frame]), word: words[block])
  }

  /// The index of the first known block whose size field stands after this packed byte; the number of blocks if none.
  func firstBlock(after offset: UInt64) -> Int {
    let frame = frames.partitionPoint { $0.offset <= offset } - 1
    guard frame >= 0 else { return 0 }
    let blocks = frames[frame].firstBlock..<frames[frame].blocksEnd
    return blocks.partitionPoint { self.offset(of: $0, in: frames[frame]) <= offset }
  }

  private func offset(of block: Int, in frame: Frame) -> UInt64 {
    let anchored = block - block % Self.anchorSpacing
    var index = max(anchored, frame.firstBlock)
    var offset =
      index == frame.firstBlock
      ? frame.offset + UInt64(frame.header.size) : anchors[index / Self.anchorSpacing]
    while index < block {
      offset += Self.span(words[index], frame.header)
      index += 1
    }
    return offset
  }

  /// Packed bytes of a block with its size field and checksum.
  private static func span(_ word: UInt32, _ header: LZ4FrameHeader) -> UInt64 {
    4 + UInt64(word & ~LZ4TableBlock.storedFlag) + (header.hasBlockChecksums ? 4 : 0)
  }
}

/// One block of the table.
struct LZ4TableBlock: Sendable, Equatable {
  static let storedFlag: UInt32 = 1 << 31

  /// Among all blocks of the file.
  let index: Int
  let frame: Int
  /// Packed bytes before its size field.
  let offset: UInt64
  fileprivate let word: UInt32

  fileprivate init(index: Int, frame: Int, offset: UInt64, word: UInt32) {
    self.index = index
    self.frame = frame
    self.offset = offset
    self.word = word
  }

  /// Its bytes are plain.
  var isStored: Bool { word & Self.storedFlag != 0 }
  /// Of its data in the file, in bytes.
  var size: Int { Int(word & ~Self.storedFlag) }
}
