import Glibc

/// Bytes of a fixed size that one owner fills, and then freezes for all to read.
package struct UniqueByteBlock: ~Copyable, Sendable {
  private let storage: ByteBlock

  /// Uninitialised memory is never exposed: the block starts as zeros.
  package init(count: Int) {
    storage = ByteBlock(count: count, isZero: true)
  }

  /// The same with whatever the memory held before, for an owner who fills all of it or gives it to nobody: zeros take
  /// a tenth of the time in which a block is read.
  @unsafe package init(uninitialized count: Int) {
    storage = ByteBlock(count: count, isZero: false)
  }

  package var count: Int { storage.count }

  /// Writes through the span that the body gets, which covers the whole block.
  package mutating func withMutableBytes<Result, Thrown: Error>(
    _ body: (inout MutableRawSpan) throws(Thrown) -> Result
  ) throws(Thrown) -> Result {
    try unsafe storage.withUniqueBytes(body)
  }

  /// Like `withMutableBytes`, for a body that waits.
  package mutating func withMutableBytesAsync<Result, Thrown: Error>(
    _ body: (inout MutableRawSpan) async throws(Thrown) -> Result
  ) async throws(Thrown) -> Result {
    try await unsafe storage.withUniqueBytesAsync(body)
  }

  /// The same memory, from now on only to be read.
  package consuming func frozen() -> ByteBlock { storage }
}

/// Immutable bytes, shared by reference between threads without a copy.
@safe
package final class ByteBlock: @unchecked Sendable {
  private let memory: UnsafeMutableRawBufferPointer

  package var count: Int { unsafe memory.count }

  fileprivate init(count: Int, isZero: Bool) {
    precondition(count >= 0)
    guard count > 0 else {
      unsafe memory = .init(start: nil, count: 0)
      return
    }
    guard let start = unsafe isZero ? calloc(1, count) : malloc(count) else {
      fatalError("out of memory for \(count) bytes")
    }
    unsafe memory = UnsafeMutableRawBufferPointer(start: start, count: count)
  }

  package convenience init(copying bytes: some Collection<UInt8>) {
    self.init(count: bytes.count, isZero: false)
    unsafe memory.copyBytes(from: bytes)
  }

  package convenience init(copying bytes: RawSpan) {
    self.init(count: bytes.byteCount, isZero: false)
    unsafe bytes.withUnsafeBytes { unsafe memory.copyMemory(from: $0) }
  }

  deinit { unsafe free(memory.baseAddress) }

  package func withBytes<Result, Thrown: Error>(
    _ body: (RawSpan) throws(Thrown) -> Result
  ) throws(Thrown) -> Result {
    try unsafe body(UnsafeRawBufferPointer(memory).bytes)
  }

  /// Copies this block's bytes from `offset` on until the destination is full.
  package func copyBytes(from offset: Int, into destination: inout MutableRawSpan) {
    withBytes { destination.copyBytes(from: $0.extracting(offset..<offset + destination.byteCount)) }
  }

  @unsafe
  fileprivate func withUniqueBytes<Result, Thrown: Error>(
    _ body: (inout MutableRawSpan) throws(Thrown) -> Result
  ) throws(Thrown) -> Result {
    var span = unsafe memory.mutableBytes
    return try body(&span)
  }

  @unsafe
  fileprivate func withUniqueBytesAsync<Result, Thrown: Error>(
    _ body: (inout MutableRawSpan) async throws(Thrown) -> Result
  ) async throws(Thrown) -> Result {
    var span = unsafe memory.mutableBytes
    return try await body(&span)
  }
}

extension MutableRawSpan {
  /// Copies all of the source to the position `at`; both ranges are checked.
  package mutating func copyBytes(from source: RawSpan, at position: Int = 0) {
    precondition(position >= 0 && source.byteCount <= byteCount - position, "copy beyond the span")
    guard source.byteCount > 0 else { return }
    unsafe withUnsafeMutableBytes { target in
      unsafe source.withUnsafeBytes { bytes in
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[position..<position + bytes.count])
          .copyMemory(from: bytes)
      }
    }
  }
}
