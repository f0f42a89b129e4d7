package import Primitives

/// Walks the headers of an LZ4 file: told which bytes it wants, fed with them.
///
/// ```
///  | frame header | size | data … | size | data … | 0 | checksum | frame header | …
///  ^^^^^^^^^^^^^^^^^^^^^^^        ^^^^^^^^        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^   wanted, one after the other
/// ```
/// Feeding is idempotent: of what it is fed it takes the bytes that it wants next, and ignores the rest.
package struct LZ4Scanner: Sendable, Equatable {
  /// How the walk ended.
  package enum Ending: Sendable, Equatable {
    case complete
    /// `damaged` or `unsupported`, with a cause that goes on after the file's name.
    case failed(Failure)
  }

  enum Phase: UInt8 {
    case frame = 0
    case block = 1
    case contentChecksum = 2
  }

  /// What it has found so far.
  var table: LZ4Table
  package private(set) var ending: Ending?
  private(set) var phase = Phase.frame
  /// Packed bytes before the header that it is at.
  private(set) var start: UInt64 = 0
  /// Frames of all kinds, the skippable ones among them.
  private(set) var frameCount = 0
  /// Bytes of the header that must be seen next, counted from its start.
  private var needed = 4
  /// The part of them that was fed.
  private var taken: [UInt8] = []

  /// - Parameter size: of the packed file, in bytes.
  package init(size: UInt64) {
    table = LZ4Table(size: size)
    if size == 0 { ending = .failed(Failure(.damaged, "it is empty, which no LZ4 file is.")) }
    begin(.frame, at: 0)
  }

  /// Of the packed file, in bytes.
  package var size: UInt64 { table.size }

  /// Of the packed file, the header bytes that it must see next; nil once it has ended.
  package var wanted: Range<UInt64>? {
    guard ending == nil else { return nil }
    return start + UInt64(taken.count)..<start + UInt64(needed)
  }

  /// Takes what it wants of the packed bytes from `offset` on; they may be many or few.
  package mutating func feed(_ bytes: RawSpan, at offset: UInt64) {
    while let wanted, wanted.lowerBound >= offset, wanted.lowerBound - offset < UInt64(bytes.byteCount) {
      let from = Int(wanted.lowerBound - offset)
      let count = min(wanted.count, bytes.byteCount - from)
      unsafe bytes.extracting(from..<from + count).withUnsafeBytes { unsafe taken.append(contentsOf: $0) }
      guard taken.count == needed else { continue }
      do throws(Failure) { try advance() } catch { ending = .failed(error) }
    }
  }

  /// The packed offset of the first block known to begin after `packedOffset`: where a reader will want to begin.
  package func blockStart(after packedOffset: UInt64) -> UInt64? {
    let block = table.firstBlock(after: packedOffset)
    if block < table.words.count { return table.block(block).offset }
    return phase == .block && ending == nil && start > packedOffset ? start : nil
  }

  /// Goes on as if the walk had come here: for a scanner that is read back.
  mutating func resume(_ phase: Phase, at start: UInt64, frameCount: Int) {
    self.frameCount = frameCount
    begin(phase, at: start)
  }

  // MARK: The walk

  private mutating func begin(_ phase: Phase, at offset: UInt64) {
    self.phase = phase
    start = offset
    taken = []
    needed = 0
    guard ending == nil else { return }
    do throws(Failure) {
      if offset == size, isInLegacyFrame {
        try table.endFrame(at: offset, contentChecksum: nil)
        self.phase = .frame
      }
      if offset == size, self.phase == .frame { ending = .complete } else { try need(4) }
    } catch {
      ending = .failed(error)
    }
  }

  private var isInLegacyFrame: Bool { phase == .block && table.frames.last?.header.isLegacy == true }

  private mutating func need(_ count: Int) throws(Failure) {
    guard start <= size, UInt64(count) <= size - start else {
      throw Failure(.damaged, "it ends at byte \(size), in the middle of the LZ4 header at byte \(start).")
    }
    needed = count
  }

  private mutating func advance() throws(Failure) {
    let word = taken.span.littleEndian(UInt32.self, at: 0)
    switch phase {
    case .frame: try advanceFrame(word)
    case .block: try advanceBlock(word)
    case .contentChecksum: try endFrame(contentChecksum: word)
    }
  }

  private mutating func advanceFrame(_ magic: UInt32) throws(Failure) {
    switch magic {
    case LZ4FrameHeader.magic:
      if needed < LZ4FrameHeader.leastSize { return try need(LZ4FrameHeader.leastSize) }
      let count = LZ4FrameHeader.count(flags: taken[4])
      if needed < count { return try need(count) }
      try beginFrame(LZ4FrameHeader(parsing: taken.span, at: start))
    case LZ4FrameHeader.legacyMagic:
      try beginFrame(.legacy)
    case let magic where LZ4FrameHeader.isSkippable(magic: magic):
      if needed < 8 { return try need(8) }
      try checkFrameCount()
      let count = 8 + UInt64(taken.span.littleEndian(UInt32.self, at: 4))
      guard count <= size - start else {
        throw Failure(
          .damaged,
          "the skippable frame at byte \(start) is \(count) bytes long, beyond the end at byte \(size).")
      }
      frameCount += 1
      begin(.frame, at: start + count)
    default:
      throw Failure(.damaged, "there is no LZ4 frame at byte \(start).")
    }
  }

  private mutating func beginFrame(_ header: LZ4FrameHeader) throws(Failure) {
    try checkFrameCount()
    try table.beginFrame(header, at: start)
    frameCount += 1
    begin(.block, at: start + UInt64(header.size))
  }

  /// A frame is counted once it is passed or begun: a scanner that is read back meets one that was refused again.
  private func checkFrameCount() throws(Failure) {
    guard frameCount < LZ4Table.mostFrames else {
      throw Failure(.unsupported, "it has more than \(LZ4Table.mostFrames) LZ4 frames.")
    }
  }

  private mutating func advanceBlock(_ word: UInt32) throws(Failure) {
    if isInLegacyFrame {
      // A legacy frame has no end mark: what is no size is the next frame's beginning.
      guard word == 0 || word > UInt32(LZ4FrameHeader.legacy.packedLimit) else {
        return begin(.block, at: try table.append(word, at: start))
      }
      try table.endFrame(at: start, contentChecksum: nil)
      // These bytes were taken: whoever passes them once will not come back.
      phase = .frame
      try advanceFrame(word)
    } else if word != 0 {
      begin(.block, at: try table.append(word, at: start))
    } else if table.frames.last?.header.hasContentChecksum == true {
      begin(.contentChecksum, at: start + 4)
    } else {
      try endFrame(contentChecksum: nil)
    }
  }

  private mutating func endFrame(contentChecksum: UInt32?) throws(Failure) {
    try table.endFrame(at: start + 4, contentChecksum: contentChecksum)
    begin(.frame, at: start + 4)
  }
}
