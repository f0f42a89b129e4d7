/// Looks at a stream's plain bytes while they are decoded, for whatever reader.
///
/// All functions may be called from any thread, and return soon.
package protocol OutputObserver: Sendable {
  /// Plain bytes from `offset` on. Each decoder tells its bytes in order, from where it began; with several the calls
  /// mix, and the same bytes may come again.
  func decoded(_ bytes: RawSpan, at offset: UInt64)

  /// The first place after `offset` where readers will want to begin, as far as is known: a checkpoint just before it
  /// serves them best.
  func boundary(after offset: UInt64) -> UInt64?

  /// The stream's end was reached, and its checksum is right.
  func verified()
}
