import CISAL
import Glibc
package import Primitives

/// One raw deflate stream (RFC 1951) being decoded: compressed bytes in, plain bytes out, in pieces of any size.
///
/// Takes about 87 KB of memory, the last 32 KiB of output among it. The corresponding C type is `struct inflate_state`.
@safe
package struct InflateStream: ~Copyable, @unchecked Sendable {
  /// What one call did.
  package struct Step: Equatable {
    /// Bytes taken from the input's front.
    package let consumed: Int
    /// Bytes written to the output's front.
    package let produced: Int
  }

  /// Bytes that one stream takes.
  static let memory = unsafe MemoryLayout<inflate_state>.size

  private let state: UnsafeMutablePointer<inflate_state>
  /// The stream's last block is decoded and all of its output delivered.
  package private(set) var isFinished = false
  /// Bytes of input taken so far.
  package private(set) var consumed: UInt64 = 0
  /// Bytes of output given so far.
  package private(set) var produced: UInt64 = 0

  package init() {
    unsafe state = .allocate(capacity: 1)
    // isal_inflate_init leaves the history as it finds it; no memory of others must ever come out of it.
    unsafe memset(state, 0, Self.memory)
    unsafe isal_inflate_init(state)
  }

  deinit { unsafe state.deallocate() }

  /// Decodes until the output is full, the input used up or the stream at its end.
  ///
  /// A step that takes and gives nothing needs more input. Throws `damaged`, naming the offsets before the call; the
  /// stream is of no use after that.
  package mutating func inflate(
    _ input: RawSpan, into output: inout MutableRawSpan
  ) throws(Failure) -> Step {
    guard !isFinished else { return Step(consumed: 0, produced: 0) }
    let available = (input: UInt32(clamping: input.byteCount), output: UInt32(clamping: output.byteCount))
    let status = unsafe input.withUnsafeBytes { input in
      unsafe output.withUnsafeMutableBytes { output in
        // isal_inflate only reads from next_in, which C declares without const.
        unsafe state.pointee.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?
          .assumingMemoryBound(to: UInt8.self)
        unsafe state.pointee.avail_in = available.input
        unsafe state.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe state.pointee.avail_out = available.output
        let status = unsafe isal_inflate(state)
        unsafe state.pointee.next_in = nil
        unsafe state.pointee.next_out = nil
        return status
      }
    }
    // After an error the counts that ISA-L leaves behind may be those of its own buffers.
    guard status >= ISAL_DECOMP_OK else {
      throw Failure(
        .damaged,
        "The compressed data is damaged after its byte \(consumed), at byte \(produced) of the content or later: "
          + "\(Self.words(for: status)).")
    }
    let step = unsafe Step(
      consumed: Int(available.input - state.pointee.avail_in),
      produced: Int(available.output - state.pointee.avail_out))
    consumed += UInt64(step.consumed)
    produced += UInt64(step.produced)
    isFinished = unsafe state.pointee.block_state == ISAL_BLOCK_FINISH
    return step
  }

  private static func words(for status: Int32) -> String {
    switch status {
    case ISAL_INVALID_BLOCK: "an invalid block"
    case ISAL_INVALID_SYMBOL: "an invalid code"
    case ISAL_INVALID_LOOKBACK: "a reference to before its beginning"
    default: "ISA-L reports \(status)"
    }
  }
}
