import FirmwareFormats
import Primitives

/// Bytes in memory as a readable.
struct MemoryFile: RandomReadable {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var size: UInt64 { UInt64(bytes.count) }

  func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure) {
    try checkRange(at: offset, count: destination.byteCount)
    let start = Int(offset)
    destination.copyBytes(from: unsafe bytes.span.bytes.extracting(start..<start + destination.byteCount))
  }
}

/// A readable that counts what is read of another and fails on demand.
final class WatchedFile: RandomReadable {
  private struct State {
    var bytesRead: UInt64 = 0
    var failures: [Failure] = []
    var wrong: Int?
  }

  private let file: MemoryFile
  private let state = Locked(State())

  /// - Parameter wrong: where the first read gives another byte.
  init(_ bytes: [UInt8], firstReadWrongAt wrong: Int? = nil) {
    file = MemoryFile(bytes)
    state.withLock { $0.wrong = wrong }
  }

  var size: UInt64 { file.size }
  var bytesRead: UInt64 { state.withLock { $0.bytesRead } }

  /// The next read throws this, instead of reading.
  func failOnce(_ failure: Failure) { state.withLock { $0.failures.append(failure) } }

  func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure) {
    let count = UInt64(destination.byteCount)
    let failure: Failure? = state.withLock { state in
      state.bytesRead += count
      return state.failures.popLast()
    }
    if let failure { throw failure }
    await Task.yield()
    try await file.read(into: &destination, at: offset)
    if let wrong = state.withLock({ $0.wrong.take() }) {
      destination.storeBytes(of: ~file.bytes[Int(offset) + wrong], toByteOffset: wrong, as: UInt8.self)
    }
  }
}

/// A readable that never answers; a cancelled read ends.
final class SilentFile: RandomReadable {
  private let never = AsyncSemaphore(permits: 0)
  let size: UInt64

  init(size: UInt64) { self.size = size }

  /// Reads that wait now.
  var waiting: Int { never.waiting }

  func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure) {
    try await never.wait()
  }
}
