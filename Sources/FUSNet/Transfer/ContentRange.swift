/// The header `Content-Range: bytes a-b/total`: which bytes of what whole a reply holds.
struct ContentRange: Sendable, Equatable {
  /// From `a` up to but without `b + 1`.
  let bytes: Range<UInt64>
  let total: UInt64

  /// Nil unless it is exactly of that form, a ≤ b < total.
  init?(_ text: String) {
    guard text.utf8.count <= 80, text.hasPrefix("bytes ") else { return nil }
    let parts = text.dropFirst("bytes ".count).split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let total = Self.number(parts[1]) else { return nil }
    let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, let first = Self.number(ends[0]), let last = Self.number(ends[1]), first <= last,
      last < total
    else { return nil }
    bytes = first..<last + 1
    self.total = total
  }

  /// Digits alone: `UInt64` would take a sign too.
  private static func number(_ text: Substring) -> UInt64? {
    text.utf8.allSatisfy(\.isDigit) ? UInt64(text) : nil
  }
}
