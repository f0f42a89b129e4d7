import CISAL

/// Size and checksums of a stream.
struct Measurement: Equatable {
  var size: Int
  var sha256: [UInt8]
  /// Empty unless asked for.
  var md5: [UInt8]
  /// ZIP's polynomial; 0 unless asked for.
  var crc32: UInt32
}

/// Measures what passes on its way to the next sink, or what ends here when there is none.
final class MeasuringSink: ByteSink {
  private let next: (any ByteSink)?
  private let sha256: Digest
  private let md5: Digest?
  private let takesCRC32: Bool
  private var crc32: UInt32 = 0
  private(set) var size = 0

  init(next: (any ByteSink)? = nil, md5: Bool = false, crc32: Bool = false) {
    self.next = next
    sha256 = Digest(.sha256)
    self.md5 = md5 ? Digest(.md5) : nil
    takesCRC32 = crc32
  }

  func write(_ bytes: Span<UInt8>) throws(ReleaseFault) {
    size += bytes.count
    sha256.update(bytes)
    md5?.update(bytes)
    if takesCRC32 { crc32 = updatedCRC32(crc32, bytes) }
    try next?.write(bytes)
  }

  /// Nothing may be written afterwards.
  func finish() -> Measurement {
    Measurement(size: size, sha256: sha256.finish(), md5: md5?.finish() ?? [], crc32: crc32)
  }
}

/// The CRC-32 (ZIP's polynomial) of what `crc` covers followed by `bytes`. It starts at 0.
func updatedCRC32(_ crc: UInt32, _ bytes: Span<UInt8>) -> UInt32 {
  unsafe bytes.withUnsafeBytes {
    unsafe crc32_gzip_refl(crc, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64($0.count))
  }
}
