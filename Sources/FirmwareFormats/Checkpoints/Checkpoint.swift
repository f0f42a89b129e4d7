/// Where a decoder can begin in the middle of a compressed stream.
///
/// ```
///  packed bits  0 ───────────────▸ input                       the first bit that is not decoded yet
///  plain bytes  0 ─────────────────────▸ output                the first byte that is not put out yet
///                         └── window ──┘                       the plain bytes that what follows may refer to
/// ```
package struct Checkpoint: Sendable, Equatable {
  /// Plain bytes before it.
  package let output: UInt64
  /// Bits of the packed stream before it.
  package let input: UInt64
  /// CRC-32 of all plain bytes before it.
  package let crc32: UInt32
  /// The last plain bytes before it, packed as the stream's own format does it; opaque to whoever keeps it.
  package let window: [UInt8]

  package init(output: UInt64, input: UInt64, crc32: UInt32, window: [UInt8]) {
    self.output = output
    self.input = input
    self.crc32 = crc32
    self.window = window
  }
}
