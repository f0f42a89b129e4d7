/// A scanner in bytes, to be kept.
///
/// ```
///  version | packed size | phase | start | frame count | table's frames, each:
///
///    offset after the earlier one | FLG | BD | content size | blocks, each: size × 2 + (stored ? 1 : 0)
///    | measured blocks | short among them, each: blocks since the last short, missing bytes | has short blocks
///    | end after its offset, or 0 | content checksum
/// ```
/// All are numbers as a `CompactWriter` writes them. A fault that ended a walk is not kept: the
/// scanner that is read back meets it again.
extension LZ4Scanner {
  private static let version: UInt64 = 1

  package var serialized: [UInt8] {
    var writer = CompactWriter()
    for number in [Self.version, size, UInt64(phase.rawValue), start, UInt64(frameCount)] {
      writer.write(number)
    }
    writer.write(UInt64(table.frames.count))
    var before: UInt64 = 0
    for frame in table.frames {
      writer.write(frame.offset - before)
      before = frame.offset
      writer.write(UInt64(frame.header.flags))
      writer.write(UInt64(frame.header.descriptor))
      writer.write(frame.header.contentSize ?? 0)
      writer.write(UInt64(frame.blockCount))
      for word in table.words[frame.firstBlock..<frame.blocksEnd] {
        writer.write(UInt64(word << 1 | word >> 31))
      }
      writer.write(frame.content)
      writer.write(frame.end.map { $0 - frame.offset } ?? 0)
      writer.write(UInt64(frame.contentChecksum ?? 0))
    }
    return writer.bytes
  }

  /// Nil where the bytes are not those of a scanner of a file of this size. They are checked by the rules of a walk.
  package init?(serialized bytes: [UInt8], size: UInt64) {
    self.init(size: size)
    var reader = CompactReader(bytes)
    guard reader.number() == Self.version, reader.number() == size, size > 0,
      let phase = reader.integer(UInt8.self).flatMap(Phase.init(rawValue:)),
      let start = reader.number(), start <= size, let frameCount = reader.count(atMost: LZ4Table.mostFrames),
      let frames = reader.count(atMost: frameCount)
    else { return nil }
    var end: UInt64 = 0
    for index in 0..<frames {
      guard let next = readFrame(&reader, after: end, isLast: index == frames - 1, phase: phase, start: start)
      else { return nil }
      end = next
    }
    guard reader.isAtEnd, phase == .frame ? start >= end : frames > 0 && start == end else { return nil }
    resume(phase, at: start, frameCount: frameCount)
  }

  /// Adds a frame; gives where it ends, or where the walk stands in it.
  private mutating func readFrame(
    _ reader: inout CompactReader, after end: UInt64, isLast: Bool, phase: Phase, start: UInt64
  ) -> UInt64? {
    guard let distance = reader.number(), let flags = reader.integer(UInt8.self),
      let descriptor = reader.integer(UInt8.self),
      let claim = reader.number(), let count = reader.count(atMost: LZ4Table.mostBlocks - table.words.count)
    else { return nil }
    let (offset, overflow) = (table.frames.last?.offset ?? 0).addingReportingOverflow(distance)
    guard !overflow, offset >= end, offset < size else { return nil }
    do {
      let isLegacy = flags == 0 && descriptor == 0 && claim == 0
      let hasSize = flags & 0b1000 != 0
      guard hasSize || claim == 0 else { return nil }
      let header =
        try isLegacy
        ? .legacy
        : LZ4FrameHeader(
          flags: flags, descriptor: descriptor, contentSize: hasSize ? claim : nil, at: offset)
      try table.beginFrame(header, at: offset)
      var position = offset + UInt64(header.size)
      for _ in 0..<count {
        guard let word = reader.integer(UInt32.self), word > 0 else { return nil }
        position = try table.append(word >> 1 | word << 31, at: position)
      }
      guard readContent(&reader), let length = reader.number(),
        let checksum = reader.integer(UInt32.self)
      else { return nil }
      if length == 0 {
        guard isLast, phase != .frame, checksum == 0 else { return nil }
        guard phase == .contentChecksum else { return position }
        return header.hasContentChecksum ? position + 4 : nil
      }
      let tail: UInt64 = header.isLegacy ? 0 : header.hasContentChecksum ? 8 : 4
      guard position <= size, tail <= size - position, length == position + tail - offset,
        !isLast || phase == .frame
      else { return nil }
      try table.endFrame(
        at: position + tail, contentChecksum: header.hasContentChecksum ? checksum : nil)
      return position + tail
    } catch {
      return nil
    }
  }

  /// Reads what is known of the last frame's content.
  private mutating func readContent(_ reader: inout CompactReader) -> Bool {
    guard let last = table.frames.indices.last else { return false }
    let frame = table.frames[last]
    guard let known = reader.count(atMost: frame.blockCount), let shorts = reader.count(atMost: known) else {
      return false
    }
    let limit = frame.header.blockLimit
    var content = LZ4FrameContent()
    for index in 0..<shorts {
      guard let distance = reader.count(atMost: known), distance > 0 || index == 0,
        let missing = reader.count(atMost: limit), missing > 0
      else { return false }
      let block = (content.shorts.last?.block ?? 0) + distance
      guard block < known else { return false }
      content.appendFull(upTo: block, limit: limit)
      content.append(limit - missing, limit: limit)
    }
    content.appendFull(upTo: known, limit: limit)
    guard let flag = reader.number(atMost: 1), content.size <= frame.header.contentSize ?? .max,
      content.blockCount >= frame.content.blockCount
    else { return false }
    for block in 0..<known {
      let entry = table.words[frame.firstBlock + block]
      let size = content.start(of: block + 1, limit: limit) - content.start(of: block, limit: limit)
      let count = UInt64(entry & ~LZ4TableBlock.storedFlag)
      let isStored = entry & LZ4TableBlock.storedFlag != 0
      guard isStored ? size == count : size <= LZ4Block.mostPlain(of: count) else { return false }
    }
    content.hasShortBlocks = flag == 1
    table.frames[last].content = content
    return true
  }
}

extension CompactWriter {
  fileprivate mutating func write(_ content: LZ4FrameContent) {
    write(UInt64(content.blockCount))
    write(UInt64(content.shorts.count))
    var (block, missing) = (0, UInt64(0))
    for short in content.shorts {
      write(UInt64(short.block - block))
      write(short.missing - missing)
      (block, missing) = (short.block, short.missing)
    }
    write(content.hasShortBlocks ? 1 : 0)
  }
}

extension CompactReader {
  fileprivate mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) -> Integer? {
    number().flatMap(Integer.init(exactly:))
  }
}
