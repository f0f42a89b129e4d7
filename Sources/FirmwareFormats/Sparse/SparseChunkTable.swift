import Primitives

/// What is known so far of a sparse image's chunks: pure bookkeeping, to be kept under a lock.
///
/// ```
///  0        2          4         8            12 or more
///  +--------+----------+---------+------------+--------------------------------------------+
///  | type   | reserved | blocks  | bytes with | CAC1 raw: the blocks                       |
///  |        |          | when    | this       | CAC2 fill: 4 bytes that fill the blocks    |
///  |        |          | expanded| header     | CAC3 don't care: nothing, read as zeros    |
///  |        |          |         |            | CAC4 CRC-32: 4 bytes for all blocks before |
///  +--------+----------+---------+------------+--------------------------------------------+
/// ```
/// A CRC-32 is passed over: it covers all bytes from the image's beginning, and a reader in the middle has not seen
/// them. What is behind the chunk with the last block is never looked at.
struct SparseChunkTable: Sendable {
  /// What is to be done for a byte of the image.
  enum Answer {
    case extent(ExtentMap.Extent)
    /// It cannot be known where the byte is.
    case damaged(Failure)
    /// Give these bytes of the file to `take` and ask again.
    case unknown(at: UInt64, count: Int)
  }

  let name: String
  let header: SparseHeader
  let fileSize: UInt64
  var extents = ExtentMap()
  /// Chunks whose headers were taken.
  var chunks = 0
  /// Where the next chunk's header begins in the file.
  var position: UInt64
  private var damage: Failure?

  init(_ header: SparseHeader, name: String, fileSize: UInt64) {
    self.header = header
    self.name = name
    self.fileSize = fileSize
    position = header.fileHeaderSize
    checkNext()
  }

  /// For a byte within the image.
  func lookUp(_ offset: UInt64) -> Answer {
    if let extent = extents.extent(holding: offset) { return .extent(extent) }
    if let damage { return .damaged(damage) }
    return .unknown(at: position, count: Int(min(UInt64(windowSize), fileSize - position)))
  }

  /// How many bytes are looked at in one turn: at least a header and its pattern, and more because the headers of
  /// chunks without data follow each other closely.
  var windowSize: Int { max(4096, Int(header.chunkHeaderSize) + 4) }

  /// Takes the chunks whose headers lie in `bytes`, which the file has from `position` on.
  mutating func take(_ bytes: Span<UInt8>) {
    let start = position
    while damage == nil, extents.end < header.expandedSize, position - start <= UInt64(bytes.count) {
      let rest = bytes.extracting(droppingFirst: Int(position - start))
      guard takeFirst(of: rest) else { return }
      checkNext()
    }
  }

  /// Finds at once that there cannot be another chunk where one is needed.
  mutating func checkNext() {
    guard damage == nil, extents.end < header.expandedSize else { return }
    if chunks == header.chunks {
      fail("the chunks end after \(extents.end) of \(header.expandedSize) bytes")
    } else if position > fileSize || fileSize - position < header.chunkHeaderSize {
      fail("the file ends with \(fileSize) bytes")
    }
  }

  /// Whether there was a whole header, or one that cannot be true.
  private mutating func takeFirst(of bytes: Span<UInt8>) -> Bool {
    guard UInt64(bytes.count) >= header.chunkHeaderSize else { return false }
    let type = bytes.littleEndian(UInt16.self, at: 0)
    let blocks = UInt64(bytes.littleEndian(UInt32.self, at: 4))
    let size = UInt64(bytes.littleEndian(UInt32.self, at: 8))
    let length = blocks * header.blockSize
    let isChecksum = type == 0xCAC4
    let dataSize: UInt64
    switch type {
    case 0xCAC1: dataSize = length
    case 0xCAC2, 0xCAC4: dataSize = 4
    case 0xCAC3: dataSize = 0
    default:
      fail("there is no chunk of type \(type)")
      return true
    }
    let dataStart = position + header.chunkHeaderSize
    guard size == header.chunkHeaderSize + dataSize, !isChecksum || blocks == 0 else {
      fail("\(size) bytes do not fit \(blocks) blocks of type \(type)")
      return true
    }
    guard dataSize <= fileSize - dataStart else {
      fail("its \(size) bytes run past the file's end at \(fileSize)")
      return true
    }
    guard length <= header.expandedSize - extents.end else {
      fail("its \(blocks) blocks run past the image's \(header.blocks)")
      return true
    }
    switch type {
    case 0xCAC1: extents.append(.bytes(at: dataStart), length: length)
    case 0xCAC2:
      let patternStart = Int(header.chunkHeaderSize)
      guard bytes.count - patternStart >= 4 else { return false }
      extents.append(.pattern(bytes.littleEndian(UInt32.self, at: patternStart)), length: length)
    default: extents.append(.pattern(0), length: length)
    }
    chunks += 1
    position = dataStart + dataSize
    return true
  }

  private mutating func fail(
    _ fault: String, file: StaticString = #fileID, line: UInt = #line
  ) {
    damage = Failure(
      .damaged,
      "\(name) is damaged as a sparse image at \(position), chunk \(chunks + 1) of \(header.chunks): \(fault).",
      file: file, line: line)
  }
}
