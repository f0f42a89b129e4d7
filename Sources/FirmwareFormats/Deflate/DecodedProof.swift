import Primitives

/// Which of a member's plain bytes have been decoded so that they agree with what is known of them.
///
/// ```
///  0                 ^                 ^                size     ^ checkpoints, each with the CRC-32 of all before it
///  ├──── agrees ─────┼──── agrees ─────┼──── agrees ─────┤
///                                                        the member's own CRC-32
/// ```
/// Each stretch goes from one known checksum to another, whichever decoder it was. Together they are as good as one decoder
/// that went from the beginning to the end.
final class DecodedProof: Sendable {
  private let size: UInt64
  private let stretches = Locked(RangeSet<UInt64>())

  init(size: UInt64) { self.size = size }

  /// Adds a stretch; whether it completes the whole.
  func add(_ stretch: Range<UInt64>) -> Bool {
    stretches.withLock { stretches in
      let wasWhole = isWhole(stretches)
      stretches.insert(contentsOf: stretch)
      return !wasWhole && isWhole(stretches)
    }
  }

  private func isWhole(_ stretches: RangeSet<UInt64>) -> Bool {
    size == 0 || stretches.ranges.first == 0..<size
  }
}
