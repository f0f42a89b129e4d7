import CISAL

/// Compresses to a raw deflate stream of several blocks, most of them with dynamic Huffman codes.
///
/// The corresponding C function is `isal_deflate`, at level 1.
@safe final class Deflater: ByteSink {
  private let next: any ByteSink
  private let stream: UnsafeMutablePointer<isal_zstream>
  private let levelBuffer: UnsafeMutableBufferPointer<UInt8>
  private var output = [UInt8](repeating: 0, count: 1 << 18)

  /// Bytes that level 1 keeps beside the stream; its symbol buffer bounds a block's length
  /// (`ISAL_DEF_LVL1_LARGE`, which Swift cannot import).
  private static let levelBufferSize = (4 * 1024 + 2 * 8 * 1024) + 4 * 64 * 1024

  init(next: any ByteSink) {
    self.next = next
    unsafe stream = .allocate(capacity: 1)
    unsafe levelBuffer = .allocate(capacity: Self.levelBufferSize)
    unsafe isal_deflate_init(stream)
    unsafe stream.pointee.level = 1
    unsafe stream.pointee.level_buf = levelBuffer.baseAddress
    unsafe stream.pointee.level_buf_size = UInt32(Self.levelBufferSize)
    unsafe stream.pointee.flush = UInt16(NO_FLUSH)
  }

  deinit {
    unsafe stream.deallocate()
    unsafe levelBuffer.deallocate()
  }

  func write(_ bytes: Span<UInt8>) throws(ReleaseFault) {
    try compress(bytes, last: false)
  }

  /// Ends the stream.
  func finish() throws(ReleaseFault) {
    let nothing: [UInt8] = []
    try compress(nothing.span, last: true)
  }

  private func compress(_ bytes: Span<UInt8>, last: Bool) throws(ReleaseFault) {
    var consumed = 0
    repeat {
      // ISA-L counts what it is given at once in 32 bits.
      let part = bytes.extracting(consumed..<min(bytes.count, consumed + (1 << 30)))
      let (status, used, produced) = step(part, last: last)
      guard status == COMP_OK else { throw .failed("ISA-L failed to compress (\(status)).") }
      consumed += used
      try next.write(output, count: produced)
      if consumed == bytes.count && produced < output.count { break }
    } while true
  }

  /// One call: its status, the bytes it consumed and the bytes it left in `output`.
  private func step(_ bytes: Span<UInt8>, last: Bool) -> (Int32, Int, Int) {
    let capacity = output.count
    return unsafe bytes.withUnsafeBytes { input in
      unsafe output.withUnsafeMutableBufferPointer { output in
        unsafe stream.pointee.next_in =
          unsafe UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe stream.pointee.avail_in = UInt32(input.count)
        unsafe stream.pointee.end_of_stream = last ? 1 : 0
        unsafe stream.pointee.next_out = output.baseAddress
        unsafe stream.pointee.avail_out = UInt32(capacity)
        let status = unsafe isal_deflate(stream)
        return unsafe (
          status, input.count - Int(stream.pointee.avail_in), capacity - Int(stream.pointee.avail_out)
        )
      }
    }
  }
}
