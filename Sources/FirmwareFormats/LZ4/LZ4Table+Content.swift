import Primitives

/// Which plain bytes a block holds.
///
/// A block's place is known once those before it have been decoded. Or at once: where the frame's size S is known and all
/// n blocks, of at most M bytes, and the last decodes to exactly S − (n − 1) · M, no other can be short. In a legacy
/// frame no block but the last may be. A block with too few packed bytes for M plain ones shows that it is not so.
extension LZ4Table {
  /// What is to be done for a read of the byte at some offset.
  enum Step: Equatable {
    /// It is in this block, whose first byte has this offset.
    case found(block: Int, start: UInt64)
    /// Decode this block: its size is what is missing next.
    case measure(block: Int)
    /// Decode this block, the last of its frame: its size may tell all.
    case prove(block: Int)
    /// More of the file must be walked.
    case walk
  }

  /// Plain bytes up to the end of what is known.
  var contentEnd: UInt64? {
    guard let last = frames.last else { return 0 }
    guard let start = last.contentStart, let size = last.contentSize else { return nil }
    return start + size
  }

  /// Plain bytes up to the first frame whose size is not known, and what is known of that.
  var knownSize: UInt64 {
    guard let frame = frames.last(where: { $0.contentStart != nil }), let start = frame.contentStart
    else { return 0 }
    return start + (frame.contentSize ?? frame.content.size)
  }

  /// - Parameter passesBytes: whether a walk passes all bytes on the way, so that decoding them costs little more.
  func step(towards offset: UInt64, passesBytes: Bool) -> Step {
    let index = frames.partitionPoint { $0.contentStart.map { $0 <= offset } ?? false } - 1
    guard index >= 0, let start = frames[index].contentStart else { return .walk }
    let frame = frames[index]
    let local = offset - start
    if let size = frame.contentSize, local >= size { return .walk }
    let limit = frame.header.blockLimit
    if local < frame.content.size {
      let block = frame.content.block(holding: local, limit: limit)
      return .found(
        block: frame.firstBlock + block, start: start + frame.content.start(of: block, limit: limit))
    }
    let isNext = local - frame.content.size < UInt64(limit)
    return measuring(frame, isNext: isNext, passesBytes: passesBytes)
  }

  /// What makes the size of the first frame known whose size is not; nil where there is none.
  var stepTowardsSize: Step? {
    frames.first { $0.contentSize == nil }.map { measuring($0, isNext: false, passesBytes: true) }
  }

  /// - Parameter isNext: whether the block that is not measured yet is wanted itself.
  private func measuring(_ frame: Frame, isNext: Bool, passesBytes: Bool) -> Step {
    let next = frame.firstBlock + frame.content.blockCount
    guard next < frame.blocksEnd else { return .walk }
    let isLegacy = frame.header.isLegacy
    // Only the last block of a legacy frame says anything new.
    if isNext, !isLegacy { return .measure(block: next) }
    if frame.end != nil, isLegacy || frame.header.contentSize != nil, !frame.content.hasShortBlocks {
      return .prove(block: frame.blocksEnd - 1)
    }
    return frame.end != nil || (passesBytes && !isLegacy) ? .measure(block: next) : .walk
  }

  /// Plain bytes before a block; nil while they are not known.
  func contentStart(of block: Int) -> UInt64? {
    let frame = frames[frameIndex(of: block)]
    let local = block - frame.firstBlock
    guard let start = frame.contentStart, local <= frame.content.blockCount else { return nil }
    return start + frame.content.start(of: local, limit: frame.header.blockLimit)
  }

  /// The most plain bytes that a block may hold: exactly so many where its place is known.
  func capacity(of block: Int) -> Int {
    let frame = frames[frameIndex(of: block)]
    let (local, limit) = (block - frame.firstBlock, frame.header.blockLimit)
    if local < frame.content.blockCount {
      return Int(
        frame.content.start(of: local + 1, limit: limit) - frame.content.start(of: local, limit: limit))
    }
    guard local == frame.content.blockCount, let size = frame.header.contentSize else { return limit }
    return Int(min(UInt64(limit), size - frame.content.size))
  }

  /// Notes how many plain bytes a block has been decoded to.
  ///
  /// Throws `damaged` where that is not what it must be.
  mutating func measure(_ block: Int, size: Int) throws(Failure) {
    let index = frameIndex(of: block)
    let local = block - frames[index].firstBlock
    let measured = frames[index].content.blockCount
    if local < measured {
      guard size == capacity(of: block) else { throw wrongSize(block, size, capacity(of: block)) }
    } else if local == measured {
      try appendSize(size, frame: index)
      try measureStored(index)
      placeFrames(after: index)
    }
  }

  /// The first block of the frame whose size is not known has this many bytes.
  private mutating func appendSize(_ size: Int, frame index: Int) throws(Failure) {
    let header = frames[index].header
    let block = frames[index].firstBlock + frames[index].content.blockCount
    let isLast = frames[index].end != nil && block == frames[index].blocksEnd - 1
    if let claim = header.contentSize {
      let rest = claim - frames[index].content.size
      guard isLast ? UInt64(size) == rest : UInt64(size) <= rest else {
        throw wrongSize(block, size, Int(clamping: rest))
      }
    }
    frames[index].content.append(size, limit: header.blockLimit)
  }

  /// Stored blocks tell their sizes without being decoded.
  mutating func measureStored(_ index: Int) throws(Failure) {
    while frames[index].content.blockCount < frames[index].blockCount {
      let word = words[frames[index].firstBlock + frames[index].content.blockCount]
      guard word & LZ4TableBlock.storedFlag != 0 else { return }
      try appendSize(Int(word & ~LZ4TableBlock.storedFlag), frame: index)
    }
  }

  /// The last block of a frame whose end is known holds this many plain bytes.
  mutating func prove(frame index: Int, lastSize: Int) {
    let frame = frames[index]
    let limit = frame.header.blockLimit
    guard frame.end != nil, frame.content.blockCount < frame.blockCount else { return }
    var proven = frame.content
    proven.appendFull(upTo: frame.blockCount - 1, limit: limit)
    proven.append(lastSize, limit: limit)
    let canBeFull = words[frame.firstBlock..<frame.blocksEnd - 1].allSatisfy {
      $0 & LZ4TableBlock.storedFlag != 0 || LZ4Block.mostPlain(of: UInt64($0)) >= UInt64(limit)
    }
    let isProof =
      canBeFull && (frame.header.contentSize.map { $0 == proven.size } ?? frame.header.isLegacy)
    if isProof {
      frames[index].content = proven
      placeFrames(after: index)
    } else {
      frames[index].content.hasShortBlocks = true
    }
  }

  private mutating func placeFrames(after index: Int) {
    var index = index
    while index + 1 < frames.count, frames[index + 1].contentStart == nil,
      let start = frames[index].contentStart, let size = frames[index].contentSize
    {
      index += 1
      frames[index].contentStart = start + size
    }
  }

  private func wrongSize(
    _ index: Int, _ size: Int, _ right: Int, file: StaticString = #fileID, line: UInt = #line
  ) -> Failure {
    Failure(
      .damaged,
      "the LZ4 block at byte \(block(index).offset) holds \(size) bytes where \(right) should be.",
      file: file, line: line)
  }
}
