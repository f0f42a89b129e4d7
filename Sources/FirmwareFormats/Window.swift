package import Primitives

/// A stretch of another readable, as a readable of its own: a stored ZIP member, a tar entry, an extent.
package struct Window: HorizonReadable {
  private let source: any RandomReadable
  private let range: Range<UInt64>

  /// Throws `damaged` when the range does not lie within the source.
  package init(of source: any RandomReadable, _ range: Range<UInt64>) throws(Failure) {
    guard range.upperBound <= source.size else {
      throw Failure(
        .damaged,
        "Bytes \(range.lowerBound) to \(range.upperBound) are not within the \(source.size) bytes there are.")
    }
    self.source = source
    self.range = range
  }

  package var size: UInt64 { range.upperBound - range.lowerBound }

  /// Whoever reads a stretch never goes beyond it.
  package func read(
    into destination: inout MutableRawSpan, at offset: UInt64, horizon: UInt64?
  ) async throws(Failure) {
    try checkRange(at: offset, count: destination.byteCount)
    try await source.read(into: &destination, at: range.lowerBound + offset, horizon: end(horizon))
  }

  package func readAtOnce(
    into destination: inout MutableRawSpan, at offset: UInt64, horizon: UInt64?
  ) throws(Failure) -> Bool {
    try checkRange(at: offset, count: destination.byteCount)
    return try source.readAtOnce(into: &destination, at: range.lowerBound + offset, horizon: end(horizon))
  }

  /// The source's horizon.
  private func end(_ horizon: UInt64?) -> UInt64 { range.lowerBound + min(horizon ?? size, size) }
}
