import CISAL

/// The window of a deflate checkpoint, packed to be kept.
///
/// ```
///  byte 0        4
///  | seal        | raw deflate stream of the window ... |
/// ```
/// The seal is a CRC-32, little endian, of what follows it, of the checkpoint's numbers and of the content that it
/// belongs to: whatever was damaged or exchanged where it was kept, nothing is decoded with it.
enum PackedWindow {
  /// Bytes that ISA-L works in at level 1, with blocks of up to 16 Ki symbols: its macro ISAL_DEF_LVL1_SMALL, which
  /// cannot be imported.
  private static let bufferSize = (4 + 2 * 8 + 4 * 16) * 1024
  /// Bytes of memory that packing takes, besides the window and the result.
  static let memory = unsafe MemoryLayout<isal_zstream>.size + bufferSize

  /// A checkpoint with its window, min(32 KiB, output) bytes; nil where it cannot be packed.
  static func checkpoint(
    of content: DeflatedContent, output: UInt64, input: UInt64, crc32: UInt32, window: [UInt8]
  ) -> Checkpoint? {
    guard let deflated = deflate(window) else { return nil }
    let seal = seal(of: content, output: output, input: input, crc32: crc32, deflated: deflated[...])
    var sealed: [UInt8] = []
    sealed.append(littleEndian: seal)
    return Checkpoint(output: output, input: input, crc32: crc32, window: sealed + deflated)
  }

  /// The window of a checkpoint of this content; nil where the checkpoint is not as it was made.
  static func unpack(_ checkpoint: Checkpoint, of content: DeflatedContent) -> [UInt8]? {
    guard checkpoint.window.count > 4, checkpoint.output <= content.size,
      checkpoint.input / 8 < content.compressed.size
    else { return nil }
    let deflated = checkpoint.window[4...]
    let seal = seal(
      of: content, output: checkpoint.output, input: checkpoint.input, crc32: checkpoint.crc32,
      deflated: deflated)
    guard seal == checkpoint.window.span.littleEndian(UInt32.self, at: 0) else { return nil }
    return inflate(deflated, count: Int(min(UInt64(InflateStream.windowSize), checkpoint.output)))
  }

  private static func seal(
    of content: DeflatedContent, output: UInt64, input: UInt64, crc32: UInt32, deflated: ArraySlice<UInt8>
  ) -> UInt32 {
    let numbers = [
      content.size, UInt64(content.crc32), content.compressed.size, output, input, UInt64(crc32),
    ]
    var bytes: [UInt8] = []
    for number in numbers { bytes.append(littleEndian: number) }
    return unsafe CRC32.update(bytes.crc32, with: deflated.span.bytes)
  }

  /// The corresponding C function is `isal_deflate_stateless`, at level 1.
  private static func deflate(_ window: [UInt8]) -> [UInt8]? {
    let stream: UnsafeMutablePointer<isal_zstream>
    unsafe stream = .allocate(capacity: 1)
    defer { unsafe stream.deallocate() }
    unsafe isal_deflate_stateless_init(stream)
    var buffer = [UInt8](repeating: 0, count: bufferSize)
    // Stored blocks at worst.
    var packed = [UInt8](repeating: 0, count: window.count + 64)
    let status = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
      unsafe packed.withUnsafeMutableBufferPointer { packed in
        unsafe window.withUnsafeBufferPointer { window in
          // It only reads from next_in, which C declares without const.
          unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: window.baseAddress)
          unsafe stream.pointee.avail_in = UInt32(window.count)
          unsafe stream.pointee.next_out = packed.baseAddress
          unsafe stream.pointee.avail_out = UInt32(packed.count)
          unsafe stream.pointee.level = 1
          unsafe stream.pointee.level_buf = buffer.baseAddress
          unsafe stream.pointee.level_buf_size = UInt32(buffer.count)
          unsafe stream.pointee.end_of_stream = 1
          return unsafe isal_deflate_stateless(stream)
        }
      }
    }
    guard status == COMP_OK else { return nil }
    return unsafe Array(packed.prefix(Int(stream.pointee.total_out)))
  }

  /// Exactly that many bytes, or nil.
  private static func inflate(_ deflated: ArraySlice<UInt8>, count: Int) -> [UInt8]? {
    var stream = InflateStream()
    // One byte more shows whether there is more.
    var window = [UInt8](repeating: 0, count: count + 1)
    guard unsafe stream.inflateAll(of: deflated.span.bytes, into: &window) == count else { return nil }
    return Array(window.prefix(count))
  }
}
