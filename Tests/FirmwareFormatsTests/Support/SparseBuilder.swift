@testable import FirmwareFormats

extension [UInt8] {
  mutating func append(little value: some FixedWidthInteger) {
    for index in 0..<value.bitWidth / 8 { append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
  }

  mutating func replace(at index: Int, little value: some FixedWidthInteger) {
    var bytes: [UInt8] = []
    bytes.append(little: value)
    replaceSubrange(index..<index + bytes.count, with: bytes)
  }
}

/// Writes a sparse image chunk by chunk, and beside it what it expands to.
struct SparseBuilder {
  var fileHeaderSize = 28
  var chunkHeaderSize = 12
  var blockSize = 4096
  /// Instead of what the chunks add up to.
  var claimedBlocks: UInt32?
  private(set) var claimedChunks: UInt32 = 0
  private(set) var plain: [UInt8] = []
  /// Where in the file each chunk's header is.
  private(set) var chunkOffsets: [Int] = []
  private var body: [UInt8] = []

  init(fileHeaderSize: Int = 28, chunkHeaderSize: Int = 12, blockSize: Int = 4096) {
    self.fileHeaderSize = fileHeaderSize
    self.chunkHeaderSize = chunkHeaderSize
    self.blockSize = blockSize
  }

  mutating func raw(_ bytes: [UInt8]) {
    chunk(type: 0xCAC1, blocks: bytes.count / blockSize, data: bytes)
    plain += bytes
  }

  mutating func fill(_ pattern: [UInt8], blocks: Int) {
    chunk(type: 0xCAC2, blocks: blocks, data: pattern)
    for _ in 0..<blocks * blockSize / 4 { plain += pattern }
  }

  mutating func skip(blocks: Int) {
    chunk(type: 0xCAC3, blocks: blocks, data: [])
    plain += [UInt8](repeating: 0, count: blocks * blockSize)
  }

  mutating func checksum() {
    chunk(type: 0xCAC4, blocks: 0, data: [1, 2, 3, 4])
  }

  mutating func chunk(type: UInt16, blocks: Int, data: [UInt8]) {
    claimedChunks += 1
    chunkOffsets.append(fileHeaderSize + body.count)
    var header: [UInt8] = []
    header.append(little: type)
    header.append(little: UInt16(0))
    header.append(little: UInt32(blocks))
    header.append(little: UInt32(chunkHeaderSize + data.count))
    body += header + [UInt8](repeating: 0xEE, count: chunkHeaderSize - 12) + data
  }

  var file: [UInt8] {
    var header: [UInt8] = []
    header.append(little: 0xED26_FF3A as UInt32)
    header.append(little: 1 as UInt16)
    header.append(little: 0 as UInt16)
    header.append(little: UInt16(fileHeaderSize))
    header.append(little: UInt16(chunkHeaderSize))
    header.append(little: UInt32(blockSize))
    header.append(little: claimedBlocks ?? UInt32(plain.count / blockSize))
    header.append(little: claimedChunks)
    header.append(little: 0 as UInt32)
    return header + [UInt8](repeating: 0xDD, count: fileHeaderSize - 28) + body
  }
}
