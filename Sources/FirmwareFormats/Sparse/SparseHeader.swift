import Primitives

/// The header of an Android sparse image.
///
/// ```
///  0         4       6       8         10        12        16        20        24        28
///  +---------+-------+-------+---------+---------+---------+---------+---------+---------+
///  | ED26FF3A| major | minor | file    | chunk   | block   | blocks  | chunks  | CRC-32, |
///  | magic   | 1     |       | header's| header's| size,   | when    |         | unused  |
///  |         |       |       | size    | size    | bytes   | expanded|         |         |
///  +---------+-------+-------+---------+---------+---------+---------+---------+---------+
/// ```
/// All numbers are little-endian. A header may be longer than is known here; what is behind is passed over.
struct SparseHeader: Sendable, Equatable {
  /// Bytes of it that are known here.
  static let size = 28
  /// Chunk headers have at least this size.
  static let smallestChunkHeader = 12
  static let mostChunks: UInt32 = 1 << 20
  static let largestBlock: UInt32 = 64 << 20
  static let magic: UInt32 = 0xED26_FF3A

  /// In bytes.
  let fileHeaderSize: UInt64
  /// In bytes.
  let chunkHeaderSize: UInt64
  /// In bytes, a multiple of 4.
  let blockSize: UInt64
  let blocks: UInt64
  let chunks: Int

  /// Throws `damaged` where the bytes do not begin a sparse image, `unsupported` for another version of the format.
  init(_ head: Span<UInt8>, of name: String) throws(Failure) {
    guard head.count >= Self.size, head.littleEndian(UInt32.self, at: 0) == Self.magic else {
      throw Failure(.damaged, "\(name) does not begin with the header of a sparse image.")
    }
    let major = head.littleEndian(UInt16.self, at: 4)
    let fileHeaderSize = head.littleEndian(UInt16.self, at: 8)
    let chunkHeaderSize = head.littleEndian(UInt16.self, at: 10)
    let blockSize = head.littleEndian(UInt32.self, at: 12)
    let blocks = head.littleEndian(UInt32.self, at: 16)
    let chunks = head.littleEndian(UInt32.self, at: 20)
    guard major == 1 else {
      throw Failure(.unsupported, "\(name) is a sparse image of version \(major), not 1.")
    }
    let fault: String? =
      if Int(fileHeaderSize) < Self.size || Int(chunkHeaderSize) < Self.smallestChunkHeader {
        "headers of \(fileHeaderSize) and \(chunkHeaderSize) bytes are too small"
      } else if blockSize == 0 || blockSize % 4 != 0 || blockSize > Self.largestBlock {
        "blocks cannot have \(blockSize) bytes"
      } else if chunks > Self.mostChunks {
        "\(chunks) chunks are too many"
      } else {
        nil
      }
    if let fault { throw Failure(.damaged, "\(name) is damaged as a sparse image at 0: \(fault).") }
    self.fileHeaderSize = UInt64(fileHeaderSize)
    self.chunkHeaderSize = UInt64(chunkHeaderSize)
    self.blockSize = UInt64(blockSize)
    self.blocks = UInt64(blocks)
    self.chunks = Int(chunks)
  }

  /// Of the expanded image, in bytes. A block has at most 2^26 bytes, so the product is below 2^58.
  var expandedSize: UInt64 { blocks * blockSize }
}
