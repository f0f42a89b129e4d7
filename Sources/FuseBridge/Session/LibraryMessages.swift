import CFuse
import Glibc
import Primitives

/// What libfuse says of itself: by default on standard error, here to whoever listens.
///
/// libfuse has one log function a process. The corresponding C function is `fuse_set_log_func`.
enum LibraryMessages {
  private static let listener = Locked<@Sendable (String) -> Void>({ _ in })
  private static let longest = 1024

  private static let installed: Void = fuse_set_log_func { _, format, arguments in
    guard let format, let arguments else { return }
    var line = [CChar](repeating: 0, count: longest)
    vsnprintf(&line, line.count, format, arguments)
    let bytes = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let text = String(decoding: bytes, as: UTF8.self)
    listener.withLock { $0 }(text.last == "\n" ? String(text.dropLast()) : text)
  }

  /// Sends the lines there from now on.
  static func send(to listener: @escaping @Sendable (String) -> Void) {
    _ = installed
    self.listener.withLock { $0 = listener }
  }
}
