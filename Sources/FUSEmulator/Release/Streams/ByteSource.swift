import Glibc

/// Bytes of a known size, readable at any offset as often as wanted, always the same.
protocol ByteSource {
  /// In bytes.
  var size: Int { get }

  /// Fills `destination` from `offset` on; the range lies within `size`.
  func read(into destination: inout MutableRawSpan, at offset: Int) throws(ReleaseFault)
}

extension ByteSource {
  /// Sends `range`, or everything, to `sink`, 256 KiB at a time.
  func copy(_ range: Range<Int>? = nil, to sink: any ByteSink) throws(ReleaseFault) {
    let range = range ?? 0..<size
    var buffer = [UInt8](repeating: 0, count: min(range.count, 1 << 18))
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = min(buffer.count, range.upperBound - offset)
      try read(into: &buffer, count: count, at: offset)
      try sink.write(buffer, count: count)
      offset += count
    }
  }

  /// Fills the first `count` bytes of `buffer`.
  func read(into buffer: inout [UInt8], count: Int, at offset: Int) throws(ReleaseFault) {
    var elements = buffer.mutableSpan
    var bytes = unsafe elements.mutableBytes
    var part = bytes._mutatingExtracting(first: count)
    try read(into: &part, at: offset)
  }
}

/// Bytes in memory.
struct BytesSource: ByteSource {
  let bytes: [UInt8]

  var size: Int { bytes.count }

  func read(into destination: inout MutableRawSpan, at offset: Int) {
    let count = destination.byteCount
    unsafe destination.withUnsafeMutableBytes { destination in
      unsafe bytes.withUnsafeBytes {
        unsafe destination.copyMemory(from: .init(rebasing: $0[offset..<offset + count]))
      }
    }
  }
}

/// Zero bytes.
struct ZeroSource: ByteSource {
  let size: Int

  func read(into destination: inout MutableRawSpan, at offset: Int) {
    unsafe destination.withUnsafeMutableBytes { _ = unsafe $0.initializeMemory(as: UInt8.self, repeating: 0) }
  }
}

/// A file's bytes.
final class FileSource: ByteSource {
  let size: Int
  private let path: String
  private let descriptor: Int32

  init(path: String) throws(ReleaseFault) {
    self.path = path
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .failed("\(path) cannot be opened: \(errorText(errno)).") }
    size = Int(lseek(descriptor, 0, SEEK_END))
    guard size >= 0 else { throw .failed("\(path) has no size: \(errorText(errno)).") }
  }

  deinit { close(descriptor) }

  func read(into destination: inout MutableRawSpan, at offset: Int) throws(ReleaseFault) {
    var done = 0
    while done < destination.byteCount {
      var rest = destination._mutatingExtracting(droppingFirst: done)
      let count = unsafe rest.withUnsafeMutableBytes {
        unsafe pread(descriptor, $0.baseAddress, $0.count, offset + done)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        throw .failed("\(path) cannot be read: \(count == 0 ? "it became shorter" : errorText(errno)).")
      }
      done += count
    }
  }
}

/// Parts of other sources, one after the other.
struct JoinedSource: ByteSource {
  private var parts: [(start: Int, source: any ByteSource, range: Range<Int>)] = []
  private(set) var size = 0

  /// Appends all of `source`, or a range of it.
  mutating func append(_ source: any ByteSource, _ range: Range<Int>? = nil) {
    let range = range ?? 0..<source.size
    guard !range.isEmpty else { return }
    parts.append((size, source, range))
    size += range.count
  }

  func read(into destination: inout MutableRawSpan, at offset: Int) throws(ReleaseFault) {
    var done = 0
    while done < destination.byteCount {
      let position = offset + done
      guard let part = parts.last(where: { $0.start <= position }) else { return }
      let start = part.range.lowerBound + position - part.start
      let count = min(part.range.upperBound - start, destination.byteCount - done)
      var piece = destination._mutatingExtracting(done..<done + count)
      try part.source.read(into: &piece, at: start)
      done += count
    }
  }
}
