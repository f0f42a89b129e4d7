extension String {
  /// The text with a space in place of each control character, seen or not: one line, which forges no other and steers
  /// no terminal.
  package var asLine: String {
    String(String.UnicodeScalarView(unicodeScalars.map { $0.steersText ? " " : $0 }))
  }

  /// Whether any of its characters steers how text is shown.
  package var steersText: Bool { unicodeScalars.contains(where: \.steersText) }
}

extension Unicode.Scalar {
  /// Whether it steers how text is shown and is not seen itself: a control or format character, such as those that turn
  /// the direction of writing, or a separator of lines.
  package var steersText: Bool {
    guard value >= 0x80 else { return value < 0x20 || value == 0x7F }
    return switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
