/// One element of a small XML document, with all below it.
struct XMLElement: Sendable, Equatable {
  var name: String
  var attributes: [String: String] = [:]
  /// The element's own text, all pieces joined.
  var text = ""
  var children: [XMLElement] = []

  init(_ name: String, text: String = "", children: [XMLElement] = []) {
    self.name = name
    self.text = text
    self.children = children
  }

  /// The children of this name, whatever its case.
  func children(named name: String) -> [XMLElement] {
    children.filter { $0.name.hasSameLetters(as: name) }
  }

  func child(_ name: String) -> XMLElement? {
    children.first { $0.name.hasSameLetters(as: name) }
  }

  /// The element as a document, its text escaped; text stands before the children.
  var serialized: [UInt8] {
    var output = ""
    serialize(into: &output)
    return Array(output.utf8)
  }

  private func serialize(into output: inout String) {
    output += "<\(name)"
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      output += " \(name)=\"\(Self.escaped(value))\""
    }
    output += ">" + Self.escaped(text)
    for child in children { child.serialize(into: &output) }
    output += "</\(name)>"
  }

  private static func escaped(_ text: String) -> String {
    var output: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): output += "&amp;".utf8
      case UInt8(ascii: "<"): output += "&lt;".utf8
      case UInt8(ascii: ">"): output += "&gt;".utf8
      case UInt8(ascii: "\""): output += "&quot;".utf8
      default: output.append(byte)
      }
    }
    return String(decoding: output, as: UTF8.self)
  }
}

extension String {
  /// Whether both are the same but for the case of ASCII letters.
  func hasSameLetters(as other: String) -> Bool {
    utf8.elementsEqual(other.utf8) { $0.lowercased == $1.lowercased }
  }
}
