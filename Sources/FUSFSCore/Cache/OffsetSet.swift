import Primitives

/// Offsets of bytes, sorted. Finding takes the logarithm of their number; adding one at the end, nothing.
struct OffsetSet: Equatable {
  private(set) var offsets: [UInt64] = []

  init() {}

  init(_ offsets: some Sequence<UInt64>) {
    for offset in offsets.sorted() where offset != self.offsets.last { self.offsets.append(offset) }
  }

  /// The last at or before this one.
  func last(atOrBefore offset: UInt64) -> UInt64? {
    let end = offset == .max ? offsets.count : firstIndex(atOrAfter: offset + 1)
    return end > 0 ? offsets[end - 1] : nil
  }

  func intersects(_ range: Range<UInt64>) -> Bool {
    let index = firstIndex(atOrAfter: range.lowerBound)
    return index < offsets.count && range.contains(offsets[index])
  }

  mutating func insert(_ offset: UInt64) {
    let index = firstIndex(atOrAfter: offset)
    if index == offsets.count || offsets[index] != offset { offsets.insert(offset, at: index) }
  }

  mutating func remove(_ offset: UInt64) {
    let index = firstIndex(atOrAfter: offset)
    if index < offsets.count && offsets[index] == offset { offsets.remove(at: index) }
  }

  private func firstIndex(atOrAfter offset: UInt64) -> Int {
    offsets.partitionPoint { $0 < offset }
  }
}
