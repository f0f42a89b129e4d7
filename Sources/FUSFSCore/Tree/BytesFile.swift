import FirmwareFormats
import Primitives

/// A file that is held in memory.
struct BytesFile: RandomReadable {
  let size: UInt64
  private let block: ByteBlock

  init(_ bytes: [UInt8]) {
    block = ByteBlock(copying: bytes)
    size = UInt64(bytes.count)
  }

  func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure) {
    _ = try readAtOnce(into: &destination, at: offset, horizon: nil)
  }

  func readAtOnce(
    into destination: inout MutableRawSpan, at offset: UInt64, horizon: UInt64?
  ) throws(Failure) -> Bool {
    try checkRange(at: offset, count: destination.byteCount)
    block.copyBytes(from: Int(offset), into: &destination)
    return true
  }
}
