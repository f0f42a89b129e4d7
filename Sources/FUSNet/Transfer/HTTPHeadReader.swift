/// Reads the head of a reply, line by line, and those that announce it. Pure.
///
///     HTTP/1.1 102 Processing             interim, status 1xx: none or many; nothing is kept of them
///
///     HTTP/1.1 206 Partial Content        final
///     Content-Range: bytes 0-9/200000
///
struct HTTPHeadReader: Sendable {
  enum Event: Sendable, Equatable {
    case goesOn
    /// The status line of the final head.
    case finalBegins
    case ended(HTTPResponseHead)
    /// This is not HTTP.
    case malformed
    case tooLong
  }

  /// Of all heads of one reply together: interim ones could come for ever.
  private static let mostBytes = 64 << 10

  private var open: HTTPResponseHead?
  private var byteCount = 0

  /// Takes the next line, without its end.
  mutating func take(line: [UInt8]) -> Event {
    byteCount += line.count
    guard byteCount <= Self.mostBytes else { return .tooLong }
    guard var head = open else {
      guard let head = HTTPResponseHead(statusLine: line) else { return .malformed }
      open = head
      return head.isFinal ? .finalBegins : .goesOn
    }
    guard line.isEmpty else {
      head.append(line: line)
      open = head
      return .goesOn
    }
    open = nil
    return head.isFinal ? .ended(head) : .goesOn
  }
}
