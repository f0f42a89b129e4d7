import FirmwareFormats
import Primitives

/// Bytes in memory as a readable; other tasks get their turn before each read.
struct MemoryFile: RandomReadable {
  let bytes: [UInt8]

  init(_ bytes: some Collection<UInt8>) { self.bytes = Array(bytes) }

  var size: UInt64 { UInt64(bytes.count) }

  func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure) {
    try checkRange(at: offset, count: destination.byteCount)
    await Task.yield()
    let start = Int(offset)
    destination.copyBytes(from: unsafe bytes.span.bytes.extracting(start..<start + destination.byteCount))
  }
}
