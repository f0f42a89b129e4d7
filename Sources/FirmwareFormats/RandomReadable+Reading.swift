package import Primitives

extension RandomReadable {
  /// Throws `invalid` unless `count` bytes from `offset` on lie within `size`.
  package func checkRange(at offset: UInt64, count: Int) throws(Failure) {
    guard let count = UInt64(exactly: count), count <= size, offset <= size - count else {
      throw Failure(.invalid, "\(count) bytes at \(offset) are not within the \(size) bytes there are.")
    }
  }

  /// A copy of `count` bytes from `offset` on; for headers and directories, whose size the caller has bounded.
  package func bytes(at offset: UInt64, count: Int, horizon: UInt64? = nil) async throws(Failure) -> [UInt8] {
    try checkRange(at: offset, count: count)
    var bytes = [UInt8](repeating: 0, count: count)
    var elements = bytes.mutableSpan
    var span = unsafe elements.mutableBytes
    try await read(into: &span, at: offset, horizon: horizon)
    return bytes
  }
}
