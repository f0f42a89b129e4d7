package import Primitives

/// Bytes of a known size that can be read at any offset: the one protocol from the network to the file system.
///
/// A layer (decryption, inflate, a tar entry, a partition) reads from the layer below through this protocol and offers
/// itself through it.
package protocol RandomReadable: Sendable {
  /// In bytes, exact.
  var size: UInt64 { get }

  /// Fills all of `destination` with the bytes from `offset` on.
  ///
  /// The range must lie within `size`: a caller clamps before it asks; a range outside throws `Failure.Code.invalid`.
  /// When the task is cancelled a wait ends with `Failure.Code.interrupted`.
  func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure)

  /// The same, for a reader that goes no further than `horizon`: nothing beyond it is worth fetching ahead.
  ///
  /// Layers that read another one pass it on, in that one's offsets; what fetches nothing has no use for it.
  func read(
    into destination: inout MutableRawSpan, at offset: UInt64, horizon: UInt64?
  ) async throws(Failure)

  /// The same where that needs no waiting, but for the local disk.
  ///
  /// - Returns: whether it was done; if not, the destination may hold anything, and `read` is to be asked.
  func readAtOnce(
    into destination: inout MutableRawSpan, at offset: UInt64, horizon: UInt64?
  ) throws(Failure) -> Bool
}

/// A layer that passes a horizon on, or has a use for it: of its two reads it writes the one with a horizon.
package protocol HorizonReadable: RandomReadable {}

extension HorizonReadable {
  package func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure) {
    try await read(into: &destination, at: offset, horizon: nil)
  }
}

extension RandomReadable {
  package func read(
    into destination: inout MutableRawSpan, at offset: UInt64, horizon: UInt64?
  ) async throws(Failure) {
    try await read(into: &destination, at: offset)
  }

  /// For layers that do more than pass bytes on.
  package func readAtOnce(
    into destination: inout MutableRawSpan, at offset: UInt64, horizon: UInt64?
  ) throws(Failure) -> Bool {
    false
  }
}
