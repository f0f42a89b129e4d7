import Primitives

/// The CRC-32 of a file whose pieces come in any order, and some of them twice.
///
/// ```
///  0                                            size
///  ├──── CRC ────┤        ├─ CRC ─┤      ├─ CRC ─┤
///                └─ piece ┘                          closes a gap: the three become one, combined
/// ```
/// Pure, and in bounded memory: of too many intervals the smallest is dropped, and its bytes must come again.
package struct IntervalChecksum: Sendable {
  private struct Interval {
    var bytes: Range<UInt64>
    var crc32: UInt32
  }

  /// Of the file, in bytes.
  package let size: UInt64
  private let limit: Int
  /// In order; no two of them touch.
  private var intervals: [Interval] = []
  /// The length of the longest interval that was dropped, in bytes: all that are held are longer, or as long.
  private var longestDropped: UInt64 = 0
  private var isTold = false

  /// `limit` is the number of intervals that are held at most.
  package init(size: UInt64, limit: Int = 1024) {
    self.size = size
    self.limit = max(1, limit)
  }

  /// Takes what is new of a piece. It gives the whole's CRC-32 once every byte has been seen, one time only.
  ///
  /// A piece that is not within the file is ignored.
  package mutating func add(_ bytes: RawSpan, at offset: UInt64) -> UInt32? {
    let (end, overflow) = offset.addingReportingOverflow(UInt64(bytes.byteCount))
    guard !overflow, end <= size else { return nil }
    for gap in gaps(in: offset..<end) {
      let part = bytes.extracting(Int(gap.lowerBound - offset)..<Int(gap.upperBound - offset))
      let place = place(before: gap.lowerBound)
      let earlier = intervals[place].first
      put(
        Interval(
          bytes: (earlier?.bytes.lowerBound ?? gap.lowerBound)..<gap.upperBound,
          crc32: CRC32.update(earlier?.crc32 ?? 0, with: part)),
        in: place)
    }
    return takeWhole()
  }

  /// Takes a piece by its checksum. One that was seen in part is ignored: ask for the `gaps` first.
  package mutating func add(crc32: UInt32, of bytes: Range<UInt64>) -> UInt32? {
    guard bytes.upperBound <= size, gaps(in: bytes) == [bytes] else { return nil }
    let place = place(before: bytes.lowerBound)
    let new = Interval(bytes: bytes, crc32: crc32)
    put(intervals[place].first.map { Self.joined($0, new) } ?? new, in: place)
    return takeWhole()
  }

  /// What is still to be seen of these bytes, in order. Nothing is, once the whole's checksum has been given.
  package func gaps(in bytes: Range<UInt64>) -> [Range<UInt64>] {
    guard !isTold else { return [] }
    var gaps: [Range<UInt64>] = []
    var position = bytes.lowerBound
    var index = firstIndex(endingAfter: position)
    while position < bytes.upperBound {
      let next = index < intervals.count ? intervals[index].bytes : bytes.upperBound..<bytes.upperBound
      if position < next.lowerBound { gaps.append(position..<min(next.lowerBound, bytes.upperBound)) }
      position = max(position, next.upperBound)
      index += 1
    }
    return gaps
  }

  /// Where the interval is that ends at this offset; an empty place if there is none.
  private func place(before offset: UInt64) -> Range<Int> {
    let index = firstIndex(endingAfter: offset)
    return index > 0 && intervals[index - 1].bytes.upperBound == offset ? index - 1..<index : index..<index
  }

  /// Puts in what was seen instead of the interval it goes on from, together with the one that follows it at once.
  private mutating func put(_ new: Interval, in place: Range<Int>) {
    var (merged, replaced) = (new, place)
    let next = place.upperBound
    if next < intervals.count, intervals[next].bytes.lowerBound == new.bytes.upperBound {
      merged = Self.joined(new, intervals[next])
      replaced = place.lowerBound..<next + 1
    }
    // Of many small pieces all over the file, none would stay.
    if replaced.isEmpty, intervals.count == limit, UInt64(merged.bytes.count) <= longestDropped { return }
    // In place: most pieces go on where one ended.
    if replaced.count == 1 {
      intervals[replaced.lowerBound] = merged
    } else {
      intervals.replaceSubrange(replaced, with: CollectionOfOne(merged))
    }
    if intervals.count > limit, let smallest = intervals.indices.min(by: { length(of: $0) < length(of: $1) })
    {
      longestDropped = max(longestDropped, length(of: smallest))
      intervals.remove(at: smallest)
    }
  }

  private func length(of index: Int) -> UInt64 {
    intervals[index].bytes.upperBound - intervals[index].bytes.lowerBound
  }

  private static func joined(_ first: Interval, _ second: Interval) -> Interval {
    Interval(
      bytes: first.bytes.lowerBound..<second.bytes.upperBound,
      crc32: CRC32.combine(
        first.crc32, second.crc32, length: second.bytes.upperBound - second.bytes.lowerBound))
  }

  private mutating func takeWhole() -> UInt32? {
    guard !isTold else { return nil }
    guard size > 0 else {
      isTold = true
      return 0
    }
    guard let first = intervals.first, first.bytes == 0..<size else { return nil }
    isTold = true
    return first.crc32
  }

  private func firstIndex(endingAfter offset: UInt64) -> Int {
    intervals.partitionPoint { $0.bytes.upperBound <= offset }
  }
}
