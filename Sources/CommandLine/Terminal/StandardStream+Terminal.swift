import Glibc

/// A terminal's size in characters.
struct TerminalSize: Sendable, Equatable {
  var rows: Int
  var columns: Int
}

extension StandardStream {
  /// The size of the terminal that it is; nil if it is none. The corresponding C function is `ioctl`.
  var terminalSize: TerminalSize? {
    guard isatty(rawValue) == 1 else { return nil }
    var size = winsize()
    guard unsafe ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return TerminalSize(rows: 24, columns: 80)
    }
    return TerminalSize(rows: Int(size.ws_row), columns: Int(size.ws_col))
  }
}
