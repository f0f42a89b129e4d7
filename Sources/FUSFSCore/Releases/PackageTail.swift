import FirmwareFormats
import Primitives

/// The end of a package's plain bytes, kept beside its blocks: a later mount lists the package without a request, even
/// when the blocks have been evicted.
///
/// ```
/// 0   8 B   size of the plain package, little-endian
/// 8   n B   its last n bytes
/// ```
struct PackageTail: Equatable {
  /// The fact's name in the cache.
  static let factName = "package-tail"
  /// Enough for the longest ZIP comment, the end records and the directory of any package seen.
  static let longest: UInt64 = 72 << 10

  let plainSize: UInt64
  let bytes: [UInt8]

  init(plainSize: UInt64, bytes: [UInt8]) {
    self.plainSize = plainSize
    self.bytes = bytes
  }

  /// Nil where the bytes are not what `serialized` gives.
  init?(serialized: [UInt8]) {
    guard serialized.count > 8, UInt64(serialized.count - 8) <= Self.longest else { return nil }
    plainSize = serialized.span.littleEndian(UInt64.self, at: 0)
    bytes = Array(serialized[8...])
    guard UInt64(bytes.count) <= plainSize else { return nil }
  }

  var serialized: [UInt8] {
    var serialized: [UInt8] = []
    serialized.append(littleEndian: plainSize)
    return serialized + bytes
  }
}

/// A file whose end is at hand: reads within it need nothing of the file below.
struct TailedFile: RandomReadable {
  let size: UInt64
  private let file: any RandomReadable
  private let tail: ByteBlock

  init(_ file: any RandomReadable, tail: PackageTail) {
    self.file = file
    self.tail = ByteBlock(copying: tail.bytes)
    size = file.size
  }

  func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure) {
    guard offset >= tailStart else { return try await file.read(into: &destination, at: offset) }
    try copyTail(into: &destination, at: offset)
  }

  func readAtOnce(
    into destination: inout MutableRawSpan, at offset: UInt64, horizon: UInt64?
  ) throws(Failure) -> Bool {
    guard offset >= tailStart else {
      return try file.readAtOnce(into: &destination, at: offset, horizon: horizon)
    }
    try copyTail(into: &destination, at: offset)
    return true
  }

  private var tailStart: UInt64 { size - UInt64(tail.count) }

  private func copyTail(into destination: inout MutableRawSpan, at offset: UInt64) throws(Failure) {
    try checkRange(at: offset, count: destination.byteCount)
    tail.copyBytes(from: Int(offset - tailStart), into: &destination)
  }
}
