/// Takes a stream of bytes, in order. Sinks are chained: one transforms or measures and hands on to the next.
protocol ByteSink: AnyObject {
  func write(_ bytes: Span<UInt8>) throws(ReleaseFault)
}

extension ByteSink {
  func write(_ bytes: [UInt8]) throws(ReleaseFault) {
    try write(bytes.span)
  }

  /// Writes the first `count` bytes of a buffer.
  func write(_ buffer: [UInt8], count: Int) throws(ReleaseFault) {
    try write(buffer.span.extracting(first: count))
  }

  /// Writes `count` zero bytes.
  func writeZeros(_ count: Int) throws(ReleaseFault) {
    let zeros = [UInt8](repeating: 0, count: min(count, 1 << 16))
    var left = count
    while left > 0 {
      let step = min(left, zeros.count)
      try write(zeros, count: step)
      left -= step
    }
  }
}

/// Keeps what it is given, for small files that are embedded in others.
final class MemorySink: ByteSink {
  private(set) var bytes: [UInt8] = []

  func write(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { unsafe self.bytes.append(contentsOf: $0) }
  }
}
