/// Finds which of the 32 KiB before a block's start the following blocks really refer to: where packed data is deflated
/// again, most of them never are, and need not be kept.
///
/// The output that follows is decoded twice behind made-up windows, in which the byte at position p is
/// ```
///   first   p & 0xFF
///   second  (p & 0xFF) + 1 + (p >> 8)      modulo 256, so the two differ by 1...128
/// ```
/// A byte that was copied from the window, however often over, shows its position in the two outputs; one that stands in
/// the blocks themselves is the same in both. What follows the first 32 KiB of output can no longer reach the window.
struct ReferredBytes: ~Copyable {
  /// Bytes of memory it takes, the window's new bytes included.
  static let memory = InflateStream.memory + 3 * InflateStream.windowSize

  private static let firstWindow = (0..<InflateStream.windowSize).map { UInt8(truncatingIfNeeded: $0) }
  private static let secondWindow = (0..<InflateStream.windowSize).map { position in
    UInt8(truncatingIfNeeded: position) &+ 1 &+ UInt8(truncatingIfNeeded: position >> 8)
  }

  private var stream = InflateStream()
  private var first = [UInt8](repeating: 0, count: InflateStream.windowSize)
  private var second = [UInt8](repeating: 0, count: InflateStream.windowSize)

  /// Sets those bytes of the window to zero that are surely not referred to: none where the blocks that follow are
  /// damaged, or where the input does not reach far enough to tell.
  ///
  /// - Parameters:
  ///   - window: at most 32 KiB.
  ///   - bits: of the first block, before the first byte of `input`.
  ///   - input: compressed bytes that follow.
  mutating func keepOnly(in window: inout [UInt8], bits: InflateStream.LeadingBits, input: RawSpan) {
    let size = window.count
    guard size <= InflateStream.windowSize,
      let count = Self.decode(input, bits, behind: Self.firstWindow, size, with: &stream, into: &first),
      Self.decode(input, bits, behind: Self.secondWindow, size, with: &stream, into: &second) == count
    else { return }
    var sparse = [UInt8](repeating: 0, count: size)
    for index in 0..<count where first[index] != second[index] {
      let position = Int(first[index]) | Int(second[index] &- first[index] &- 1) << 8
      if position < size { sparse[position] = window[position] }
    }
    window = sparse
  }

  /// Bytes put out: 32 KiB, or all up to the stream's end; nil where neither is reached.
  private static func decode(
    _ input: RawSpan, _ bits: InflateStream.LeadingBits, behind window: [UInt8], _ size: Int,
    with stream: inout InflateStream, into output: inout [UInt8]
  ) -> Int? {
    unsafe stream.begin(after: window.span.bytes.extracting(first: size), with: bits)
    return stream.inflateAll(of: input, into: &output)
  }
}
