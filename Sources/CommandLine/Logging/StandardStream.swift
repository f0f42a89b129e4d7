import Glibc

/// Standard output or standard error, written without a buffer.
enum StandardStream: Int32, Sendable {
  case output = 1
  case error = 2

  /// Writes all of the text; false if that fails.
  @discardableResult
  func write(_ text: String) -> Bool { writeAll(text, to: rawValue) }
}

/// Writes all of the text to a file; false if that fails.
func writeAll(_ text: String, to descriptor: Int32) -> Bool {
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
    if count < 0 {
      guard errno == EINTR else { return false }
    } else {
      rest = rest.dropFirst(count)
    }
  }
  return true
}
