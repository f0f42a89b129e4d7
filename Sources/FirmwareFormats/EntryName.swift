import Primitives

/// Why an entry of a container cannot be shown, as the end of a sentence.
struct EntryFault: Error, Equatable {
  let words: String
}

/// Names of files inside containers, which come from outside and become names of a file system.
enum EntryName {
  /// Components that a path may have.
  static let mostComponents = 32
  /// Bytes of the longest name.
  static let longestName = 255
  /// Bytes of the longest path of such names, slashes between them included.
  static let longestPath = mostComponents * (longestName + 1) - 1

  /// Why a file must not be called so, or nil for a name that is safe in a directory.
  static func fault(in name: some Collection<UInt8>) -> String? {
    if name.isEmpty { return "it is empty" }
    if name.count > longestName { return "it is longer than \(longestName) bytes" }
    if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { return "it names a directory" }
    if name.contains(UInt8(ascii: "/")) { return "it contains a slash" }
    if String(validating: name, as: UTF8.self) == nil { return "it is not UTF-8" }
    return line(name) == nil ? "it contains a control character" : nil
  }

  /// The components of a path from the container's root on, each safe as a name in a directory.
  ///
  /// Components that say nothing (`.`, and the empty ones of `a//b` and `a/`) are dropped, so that the root itself has
  /// no component. Throws for a path that is absolute, goes upwards or is too deep.
  static func components(ofPath path: some Collection<UInt8>) throws(EntryFault) -> [String] {
    if path.isEmpty { throw EntryFault(words: "its name is empty") }
    if path.first == UInt8(ascii: "/") { throw EntryFault(words: "its name is absolute") }
    var components: [String] = []
    for component in path.split(separator: UInt8(ascii: "/")) where !component.elementsEqual(".".utf8) {
      if component.elementsEqual("..".utf8) { throw EntryFault(words: "its name goes upwards") }
      if let fault = fault(in: component) {
        throw EntryFault(words: "a part of its name is no name: \(fault)")
      }
      if components.count == mostComponents {
        throw EntryFault(words: "it lies more than \(mostComponents) directories deep")
      }
      components.append(String(decoding: component, as: UTF8.self))
    }
    return components
  }

  /// The bytes as a line of text: nil where they are not UTF-8 or hold a control character, seen or not.
  static func line(_ bytes: some Collection<UInt8>) -> String? {
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    return text.steersText ? nil : text
  }

  /// Any bytes, made fit for a line of text: printable ASCII stays, the rest becomes `\xNN`, long ones are cut.
  static func printable(_ name: some Collection<UInt8>) -> String {
    let kept = name.prefix(80)
    let text = kept.map { byte in
      (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\\")
        ? String(UnicodeScalar(byte))
        : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return text.joined() + (kept.count < name.count ? "…" : "")
  }
}
