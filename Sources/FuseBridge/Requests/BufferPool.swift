import Glibc
import Primitives

/// Memory for reads, used again: a steady load allocates nothing.
///
/// Buffers have sizes of powers of two from 4 KiB on. Idle ones are kept up to a total; what a burst needed beyond
/// that goes back to the system.
final class BufferPool: Sendable {
  private struct State {
    /// Those of `smallest` bytes, of twice as many, and so on.
    var idle = [[ReadBuffer]](repeating: [], count: Int.bitWidth)
    var idleBytes = 0
  }

  static let smallest = 4 << 10

  private let state = Locked(State())
  private let keptBytes: Int

  init(keptBytes: Int) { self.keptBytes = keptBytes }

  /// A buffer of at least `count` bytes with whatever it had before; nil if there is no memory.
  func take(_ count: Int) -> ReadBuffer? {
    let doublings = Self.doublings(for: count)
    let size = Self.smallest << doublings
    let kept = state.withLock { state -> ReadBuffer? in
      guard let buffer = state.idle[doublings].popLast() else { return nil }
      state.idleBytes -= size
      return buffer
    }
    return kept ?? ReadBuffer(size: size)
  }

  /// Takes back a buffer that nobody uses any more.
  func put(_ buffer: ReadBuffer) {
    let (size, doublings) = (buffer.size, Self.doublings(for: buffer.size))
    state.withLock { state in
      guard state.idleBytes + size <= keptBytes else { return }
      state.idle[doublings].append(buffer)
      state.idleBytes += size
    }
  }

  /// Bytes that lie idle.
  var idleBytes: Int { state.withLock { $0.idleBytes } }

  /// How often the smallest size is doubled until there is room.
  private static func doublings(for count: Int) -> Int {
    guard count > smallest else { return 0 }
    return Int.bitWidth - (count - 1).leadingZeroBitCount - smallest.trailingZeroBitCount
  }
}

/// Page-aligned bytes that one read at a time fills.
///
/// They are mapped by themselves and not touched before they are filled: reads that wait for a server, many as they may
/// be, take no memory. The corresponding C function is `mmap`.
final class ReadBuffer: @unchecked Sendable {
  private let memory: UnsafeMutableRawBufferPointer

  var size: Int { memory.count }

  fileprivate init?(size: Int) {
    let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let start, start != MAP_FAILED else { return nil }
    memory = UnsafeMutableRawBufferPointer(start: start, count: size)
  }

  deinit { munmap(memory.baseAddress, memory.count) }

  /// The first `count` bytes, to be filled.
  func fill<Result>(
    _ count: Int, _ body: (inout MutableRawSpan) async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    let part = UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
    var span = part.mutableBytes
    return try await body(&span)
  }

  /// The same for a body that does not wait.
  func fill<Result>(
    _ count: Int, _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let part = UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
    var span = part.mutableBytes
    return try body(&span)
  }

  /// The first `count` bytes, to be sent.
  func withBytes<Result>(_ count: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    body(UnsafeRawBufferPointer(rebasing: memory[..<count]))
  }
}
