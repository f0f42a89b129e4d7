import Glibc
import Primitives

/// A pipe's two ends, closed in programs that this process starts and when this value ends.
///
/// The corresponding C function is `pipe`.
struct Pipe: ~Copyable {
  let readEnd: Int32
  let writeEnd: Int32

  /// - Parameter blocks: false: a read of an empty and a write to a full pipe fail instead of waiting.
  init(blocks: Bool = true) throws(Failure) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .system("Making a pipe", errno: errno) }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      if !blocks { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  /// Closes the read end; the caller has to close the write end.
  consuming func intoWriteEnd() -> Int32 {
    let end = writeEnd
    close(readEnd)
    discard self
    return end
  }

  /// Closes the write end; the caller has to close the read end.
  consuming func intoReadEnd() -> Int32 {
    let end = readEnd
    close(writeEnd)
    discard self
    return end
  }

  /// Everything that the other holders of the write end send, once this process's own is closed.
  consuming func readToEnd(atMost limit: Int) -> [UInt8] {
    let end = intoReadEnd()
    defer { close(end) }
    return readAll(end, atMost: limit)
  }
}

/// Everything up to the end, an error or the limit.
func readAll(_ descriptor: Int32, atMost limit: Int) -> [UInt8] {
  var result: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 16 << 10)
  while result.count < limit {
    let count = read(descriptor, &piece, min(piece.count, limit - result.count))
    if count < 0 && errno == EINTR { continue }
    guard count > 0 else { break }
    result += piece[..<count]
  }
  return result
}
