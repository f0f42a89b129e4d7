/// One field of a reply: a tag and its value, or a tag around further fields.
struct ReplyField: Equatable, Sendable {
  enum Content: Equatable, Sendable {
    /// `<TAG><Data>value</Data></TAG>`
    case data(String)
    /// `<TAG><DATA>value</DATA></TAG>`, as the real server writes some tags.
    case capitalData(String)
    /// `<TAG>value</TAG>`
    case bare(String)
    /// `<TAG>…fields…</TAG>`
    case group([ReplyField])
  }

  let tag: String
  let content: Content

  init(_ tag: String, _ value: String = "") {
    self.init(tag, content: .data(value))
  }

  init(_ tag: String, content: Content) {
    self.tag = tag
    self.content = content
  }
}

/// A reply of the control server, in either of its two looks.
struct ReplyMessage: Equatable, Sendable {
  enum Look: Sendable {
    /// Indented with tabs.
    case kies
    /// In one line.
    case smart
  }

  let look: Look
  let messageID: Int
  let status: String
  var results: [ReplyField] = []
  var put: [ReplyField] = []

  var xml: [UInt8] {
    let header = ReplyField(
      "FUSHdr",
      content: .group([
        ReplyField("ProtoVer", content: .bare("1.0")), ReplyField("SessionID", content: .bare("")),
        ReplyField("MsgID", content: .bare(String(messageID))),
      ]))
    let results = ReplyField(
      "Results",
      content: .group(
        [ReplyField("CmdRef", content: .bare("2")), ReplyField("Status", content: .bare(status))] + results))
    let command = ReplyField("CmdID", content: .bare("1"))
    let put = put.isEmpty ? [] : [ReplyField("Put", content: .group([command] + put))]
    let message = ReplyField(
      "FUSMsg", content: .group([header, ReplyField("FUSBody", content: .group([results] + put))]))
    var text: [UInt8] = []
    switch look {
    case .kies:
      text += Array(#"<?xml version="1.0" encoding="UTF-8"?>"#.utf8)
      write(message, depth: 0, to: &text)
      text.append(UInt8(ascii: "\n"))
    case .smart:
      text += Array(#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#.utf8)
      write(message, depth: 0, to: &text)
    }
    return text
  }

  private func write(_ field: ReplyField, depth: Int, to text: inout [UInt8]) {
    func line(_ content: String, depth: Int) {
      if look == .kies { text += Array("\n".utf8) + Array(repeating: UInt8(ascii: "\t"), count: depth) }
      text += Array(content.utf8)
    }
    switch field.content {
    case .bare(let value):
      line("<\(field.tag)>\(Self.escaped(value))</\(field.tag)>", depth: depth)
    case .data(let value), .capitalData(let value):
      let data = if case .data = field.content { "Data" } else { "DATA" }
      line("<\(field.tag)>", depth: depth)
      line("<\(data)>\(Self.escaped(value))</\(data)>", depth: depth + 1)
      line("</\(field.tag)>", depth: depth)
    case .group(let fields):
      line("<\(field.tag)>", depth: depth)
      for inner in fields { write(inner, depth: depth + 1, to: &text) }
      line("</\(field.tag)>", depth: depth)
    }
  }

  private static func escaped(_ value: String) -> String {
    guard value.utf8.contains(where: { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: "<") }) else {
      return value
    }
    return value.reduce(into: "") { text, character in
      switch character {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      default: text.append(character)
      }
    }
  }
}
