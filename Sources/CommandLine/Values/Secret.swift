/// A text that no log, message or description shows: such as a password in a proxy's address.
struct Secret: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
  /// The text itself, to be given to the server alone.
  let exposed: String

  init(_ text: String) { exposed = text }

  var description: String { "(secret)" }
  var customMirror: Mirror { Mirror(self, children: []) }
}
