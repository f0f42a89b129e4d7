extension Answer {
  /// Bytes of the filling that makes a message huge.
  private static let hugeFilling: UInt64 = 100 * 1024 * 1024

  /// The answer as a fault leaves it. Faults that bend what an answer says of a release or of a range have done
  /// their work before.
  func struck(by fault: Fault.Kind?) -> Answer {
    var answer = self
    let count = body.count
    switch fault {
    case .status(let status, let retryAfter):
      answer = Answer(status: status, type: "text/plain", body: Array("status \(status)\n".utf8))
      if let retryAfter { answer = answer.with(Header("Retry-After", String(retryAfter))) }
    case .bodyStatus(let status):
      let reply = ReplyMessage(look: .kies, messageID: 1, status: String(status))
      answer.body = .bytes(reply.xml)
    case .reset(let after): answer.delivery.ending = .reset(after: min(after ?? count / 2, count))
    case .short(honest: false): answer.delivery.ending = .closed(after: count / 2)
    case .short(honest: true): answer.body = body.cut(to: count / 2)
    case .stall(let after): answer.delivery.ending = .stalled(after: min(after ?? count / 2, count))
    case .flip(let count): answer.delivery.flips = count
    case .html:
      let page = "<!DOCTYPE html><html><body><h1>Blocked by your network's administrator</h1></body></html>\n"
      answer = Answer(type: "text/html", body: Array(page.utf8))
    case .redirect(let address):
      answer = Answer(status: 302, type: "text/plain", body: [])
        .with(Header("Location", address ?? "http://127.0.0.1:9/"))
    case .gzip:
      if case .bytes(let bytes) = body { answer.body = .bytes(Gzip.stored(bytes)) }
      answer.headers.append(Header("Content-Encoding", "gzip"))
    case .headers:
      let filling = String(repeating: "A", count: 1000)
      answer.headers += (0..<1000).map { Header("X-Filling-\($0)", filling) }
    case .drip(let rate): answer.delivery.rate = rate
    case .notXML: answer.body = .bytes(Array("The service is not available.\n".utf8))
    case .truncatedXML: answer.body = body.cut(to: count / 2)
    case .entities: answer.body = body.edited { $0 + Self.entityDefinitions + $1 + Self.entityUse + $2 }
    case .huge:
      if let (start, middle, end) = body.messageParts {
        answer.body = .padded(
          head: start + middle + Array("<FILLING>".utf8), filling: Self.hugeFilling,
          tail: Array("</FILLING>".utf8) + end)
      }
    case .ignoreRange, .wrongRange, .wrongTotal, .otherVersion, .badSize, .badName, nil: break
    }
    return answer
  }

  /// Nine levels of ten references each, and an entity that names a file of the client's machine.
  private static var entityDefinitions: [UInt8] {
    let levels = (1...9).map { level in
      "<!ENTITY e\(level) \"\(String(repeating: "&e\(level - 1);", count: 10))\">"
    }
    let file = #"<!ENTITY file SYSTEM "file:///etc/passwd">"#
    return Array("<!DOCTYPE FUSMsg [<!ENTITY e0 \"ten bytes.\">\(levels.joined())\(file)]>".utf8)
  }

  private static let entityUse = Array("<ENTITIES>&e9;&file;</ENTITIES>".utf8)
}

extension Answer.Body {
  /// The first bytes of a body.
  fileprivate func cut(to count: UInt64) -> Answer.Body {
    switch self {
    case .bytes(let bytes): .bytes(Array(bytes.prefix(Int(clamping: count))))
    case .file(let path, let first, let all): .file(path, first: first, count: min(count, all))
    case .padded: self
    }
  }

  /// A message's XML declaration, what follows up to its last closing tag, and that tag.
  fileprivate var messageParts: (declaration: [UInt8], middle: [UInt8], end: [UInt8])? {
    guard case .bytes(let bytes) = self, let declared = bytes.firstIndex(of: UInt8(ascii: ">")),
      let closing = bytes.lastIndex(of: UInt8(ascii: "<")), declared < closing
    else { return nil }
    return (Array(bytes[...declared]), Array(bytes[(declared + 1)..<closing]), Array(bytes[closing...]))
  }

  fileprivate func edited(_ edit: ([UInt8], [UInt8], [UInt8]) -> [UInt8]) -> Answer.Body {
    messageParts.map { .bytes(edit($0.declaration, $0.middle, $0.end)) } ?? self
  }
}
