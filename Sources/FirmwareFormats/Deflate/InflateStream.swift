import CISAL
import Glibc
package import Primitives

/// One raw deflate stream (RFC 1951) being decoded: compressed bytes in, plain bytes out, in pieces of any size.
///
/// Takes about 87 KB of memory, the last 32 KiB of output among it. The corresponding C type is `struct inflate_state`.
///
/// A deflate stream is a row of blocks that begin at any bit. At a block's start a decoder needs nothing but the last
/// 32 KiB of output to go on, so that is where decoding can be taken up again:
/// ```
///   byte n            byte n + 1        byte n + 2
///  |7 6 5 4 3 2 1 0 | 7 6 5 4 3 2 1 0 | 7 6 5 4 3 2 1 0 | ...
///      |<-- block ends                                         bits are taken from each byte's low end upwards
///   ^^^ the next block's leading bits, 3 of them
/// ```
@safe
package struct InflateStream: ~Copyable, @unchecked Sendable {
  /// What one call did.
  package struct Step: Equatable {
    /// Bytes taken from the input's front.
    package let consumed: Int
    /// Bytes written to the output's front.
    package let produced: Int
  }

  /// The first bits of a block that begins within a byte, from the low end: those before the next whole byte of input.
  struct LeadingBits: Equatable {
    let value: UInt64
    /// 0...64
    let count: Int

    static let none = LeadingBits(value: 0, count: 0)

    /// The bits of this byte that are left when so many of them, fewer than 8, belong to the block before.
    init(of byte: UInt8, after taken: Int) {
      value = UInt64(byte) >> UInt64(taken)
      count = 8 - taken
    }

    fileprivate init(value: UInt64, count: Int) {
      self.value = value
      self.count = count
    }
  }

  /// How far a block may refer back.
  static let windowSize = Int(ISAL_DEF_HIST_SIZE)

  /// Bytes that one stream takes.
  static let memory = unsafe MemoryLayout<inflate_state>.size

  private let state: UnsafeMutablePointer<inflate_state>
  /// The stream's last block is decoded and all of its output delivered.
  package private(set) var isFinished = false
  /// A block that is not the last has ended and all of its output is delivered: nothing more comes before `goOn`.
  private(set) var isAtBlockStart = false
  /// The block being decoded only seems to be the last.
  private var stopsAtBlockEnd = false
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

  /// Forgets everything and begins at a block's start: after this output, at most 32 KiB of it, and with these bits
  /// before the first byte of input.
  ///
  /// The corresponding C functions are `isal_inflate_reset` and `isal_inflate_set_dict`.
  mutating func begin(after window: RawSpan, with bits: LeadingBits = .none) {
    unsafe isal_inflate_reset(state)
    (isFinished, isAtBlockStart, stopsAtBlockEnd) = (false, false, false)
    (consumed, produced) = (0, 0)
    setWindow(window)
    take(bits)
  }

  /// Sets the bits before the first byte of input; for a stream that has just begun.
  mutating func take(_ bits: LeadingBits) {
    unsafe state.pointee.read_in = bits.value
    unsafe state.pointee.read_in_length = Int32(bits.count)
  }

  /// At a block's start: its bits that the stream has already taken from the input.
  var leadingBits: LeadingBits {
    let count = unsafe min(max(Int(state.pointee.read_in_length), 0), 64)
    // More may be loaded than is counted.
    let mask: UInt64 = count == 64 ? .max : (1 << UInt64(count)) - 1
    return unsafe LeadingBits(value: state.pointee.read_in & mask, count: count)
  }

  /// Leaves a block's start, where `window` is the last output: 32 KiB of it, or all if it is less.
  mutating func goOn(after window: RawSpan) {
    guard isAtBlockStart else { return }
    isAtBlockStart = false
    setWindow(window)
  }

  private func setWindow(_ window: RawSpan) {
    unsafe state.pointee.block_state = ISAL_BLOCK_NEW_HDR
    unsafe state.pointee.bfinal = 0
    unsafe state.pointee.tmp_out_valid = 0
    unsafe state.pointee.tmp_out_processed = 0
    guard window.byteCount > 0 else { return }
    // isal_inflate_set_dict only reads the window, which C declares without const; it takes the last 32 KiB of it.
    let status = unsafe window.withUnsafeBytes { window in
      unsafe isal_inflate_set_dict(
        state, UnsafeMutableRawPointer(mutating: window.baseAddress)?.assumingMemoryBound(to: UInt8.self),
        UInt32(clamping: window.count))
    }
    precondition(status == COMP_OK, "isal_inflate_set_dict failed with \(status)")
  }

  /// Decodes until the output is full, the input used up or the stream at its end.
  ///
  /// A step that takes and gives nothing needs more input. Throws `damaged`, naming the offsets before the call; the
  /// stream is of no use after that.
  ///
  /// - Parameter stopping: stop at the next block's start, if it is found. Blocks that begin and end within 64 bytes of
  ///   input may be overlooked.
  package mutating func inflate(
    _ input: RawSpan, into output: inout MutableRawSpan, stopping: Bool = false
  ) throws(Failure) -> Step {
    guard !isFinished, !isAtBlockStart else { return Step(consumed: 0, produced: 0) }
    let limit = stopping ? prepareToStop() : .max
    let available = (
      input: min(limit, UInt32(clamping: input.byteCount)), output: UInt32(clamping: output.byteCount)
    )
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
    if unsafe state.pointee.block_state == ISAL_BLOCK_FINISH {
      (isAtBlockStart, isFinished) = (stopsAtBlockEnd, !stopsAtBlockEnd)
      stopsAtBlockEnd = false
    }
    return step
  }

  /// Decodes until the output is full or the stream at its end; the bytes put out, or nil where neither is reached.
  mutating func inflateAll(of input: RawSpan, into output: inout [UInt8]) -> Int? {
    var (taken, given) = (0, 0)
    while given < output.count, !isFinished {
      var elements = output.mutableSpan
      var bytes = unsafe elements.mutableBytes
      var rest = bytes._mutatingExtracting(droppingFirst: given)
      guard let step = try? inflate(input.extracting(droppingFirst: taken), into: &rest),
        step != .init(consumed: 0, produced: 0)
      else { return nil }
      taken += step.consumed
      given += step.produced
    }
    return given
  }

  /// Makes the block that is being decoded end the stream, which ISA-L never interrupts otherwise; gives how much input
  /// may be taken in this step.
  private mutating func prepareToStop() -> UInt32 {
    switch unsafe state.pointee.block_state {
    case ISAL_BLOCK_NEW_HDR, ISAL_BLOCK_HDR:
      // It does not say whether it is the last before its header is read: take as little more as can be.
      return 64
    case ISAL_BLOCK_TYPE0, ISAL_BLOCK_CODED:
      if unsafe state.pointee.bfinal == 0 {
        unsafe state.pointee.bfinal = 1
        stopsAtBlockEnd = true
      }
      return .max
    default: return .max
    }
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
