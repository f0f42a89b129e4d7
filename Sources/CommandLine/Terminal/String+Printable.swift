import Primitives

/// The text with what would steer a terminal replaced, cut to what fits in a message.
func printable(_ text: String) -> String {
  let scalars = text.unicodeScalars.prefix(200).map { $0.steersText ? "�" : String(Character($0)) }
  return scalars.joined()
}

/// The path without what moves a terminal's cursor; of any length, since what it ends with says most.
func printablePath(_ path: String) -> String {
  path.split(separator: "/", omittingEmptySubsequences: false).map { printable(String($0)) }
    .joined(separator: "/")
}
