import FirmwareFormats

/// A checkpoint as the cache files it.
///
/// ```
///  stream │ output │ input │ plain_crc │ window │ crc
///  number   bytes    bits    of the       opaque  CRC-32 of: binary's number, 8 bytes; output, 8; input, 8;
///                            output               plain_crc, 4; stream's name; window. Integers little-endian
/// ```
extension Checkpoint {
  /// Bytes; no format's window is longer, and a damaged row can claim more.
  static let longestWindow = 64 << 10

  /// Whether a row can hold it, whose integers have a sign.
  var fitsARow: Bool {
    window.count <= Self.longestWindow && Int64(exactly: output) != nil && Int64(exactly: input) != nil
  }

  /// The CRC-32 that tells whether a row is what was stored, and of this stream.
  func rowChecksum(of stream: StreamID) -> UInt32 {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(28 + stream.name.utf8.count)
    for integer in [UInt64(bitPattern: stream.binary.number), output, input] {
      bytes.append(littleEndian: integer)
    }
    bytes.append(littleEndian: crc32)
    bytes += stream.name.utf8
    return unsafe CRC32.update(bytes.crc32, with: window.span.bytes)
  }

  /// About how many bytes of the file a row with such a window takes: its page has some room left over.
  static func rowBytes(window: Int) -> Int { window + window / 16 + 64 }

  /// See `rowBytes(window:)`.
  var rowBytes: Int { Self.rowBytes(window: window.count) }
}
