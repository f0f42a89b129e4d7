/// The table as bytes, to be kept until a later time.
///
/// ```
///  version │ the image's first 28 bytes │ file size │ chunks taken │ next header's position
///          │ number of extents │ for each: blocks << 1,     and the gap between its bytes and the last ones in the file
///                              │       or  blocks << 1 | 1, and the pattern
/// ```
/// All are numbers as a `CompactWriter` writes them, but for the 28 bytes.
extension SparseChunkTable {
  private static let version: UInt64 = 1

  func serialized(head: [UInt8]) -> [UInt8] {
    var writer = CompactWriter()
    writer.write(Self.version)
    writer.write(bytes: head)
    for number in [fileSize, UInt64(chunks), position, UInt64(extents.count)] { writer.write(number) }
    var last = header.fileHeaderSize
    for index in 0..<extents.count {
      let extent = extents[index]
      let length = extent.range.upperBound - extent.range.lowerBound
      let blocks = length / header.blockSize
      switch extent.content {
      case .bytes(let start):
        writer.write(blocks << 1)
        writer.write(start - last)
        last = start + length
      case .pattern(let pattern):
        writer.write(blocks << 1 | 1)
        writer.write(UInt64(pattern))
      }
    }
    return writer.bytes
  }

  /// Begins with what was known at an earlier time; nothing of it is taken unless all of it can be true of this image.
  mutating func restore(_ bytes: [UInt8], head: [UInt8]) {
    var reader = CompactReader(bytes)
    guard reader.number() == Self.version, reader.bytes(atMost: head.count)?.elementsEqual(head) == true,
      reader.number() == fileSize, let chunks = reader.count(atMost: header.chunks),
      let position = reader.number(atMost: fileSize), let count = reader.count(atMost: chunks)
    else { return }
    var extents = ExtentMap()
    var last = header.fileHeaderSize
    var dataSize: UInt64 = 0
    for _ in 0..<count {
      guard let first = reader.number(), let second = reader.number(),
        first >> 1 > 0, first >> 1 <= header.blocks - extents.end / header.blockSize
      else { return }
      let length = (first >> 1) * header.blockSize
      if first & 1 == 1 {
        guard let pattern = UInt32(exactly: second) else { return }
        extents.append(.pattern(pattern), length: length)
      } else {
        guard last <= fileSize, second <= fileSize - last, length <= fileSize - last - second else { return }
        extents.append(.bytes(at: last + second), length: length)
        last += second + length
        dataSize += length
      }
    }
    // Beside the data there are headers, and with some of them four bytes.
    let smallest = header.fileHeaderSize + dataSize + UInt64(chunks) * header.chunkHeaderSize
    guard reader.isAtEnd, position >= last, position >= smallest, position - smallest <= 4 * UInt64(chunks)
    else { return }
    self.extents = extents
    self.chunks = chunks
    self.position = position
    checkNext()
  }
}
