import Primitives

/// What every reply to a POST has in common.
///
///     <FUSMsg>
///       <FUSHdr>…</FUSHdr>
///       <FUSBody>
///         <Results><CmdRef>2</CmdRef><Status>200</Status> <TAG><Data>value</Data></TAG>… </Results>
///         <Put><CmdID>1</CmdID> <TAG><Data>value</Data></TAG>… <BINARY_INFO>…</BINARY_INFO>… </Put>
///       </FUSBody>
///     </FUSMsg>
///
/// Order is free, tags vary in case, any may be missing, unknown ones appear.
struct FUSReply: Sendable {
  let document: XMLElement
  /// The status in the body, empty if there is none.
  let status: String
  let results: Fields
  let put: Fields

  init(parsing bytes: [UInt8]) throws(Failure) {
    document = try XMLElement(parsing: bytes)
    guard document.name.hasSameLetters(as: "FUSMsg"), let body = document.child("FUSBody") else {
      throw Failure(.network, "The server's reply is XML of another kind than this protocol's.")
    }
    results = Fields(of: body.children(named: "Results"))
    put = Fields(of: body.children(named: "Put"))
    status = results["Status"]
  }

  /// The fields `<TAG><Data>value</Data></TAG>` of one part.
  struct Fields: Sendable {
    private let elements: [XMLElement]

    init(of parts: [XMLElement]) {
      elements = parts.flatMap(\.children)
    }

    /// The first value of the tag that is not empty, without white space around it; empty if there is none.
    subscript(_ tag: String) -> String {
      for element in elements where element.name.hasSameLetters(as: tag) {
        let value = (element.child("Data") ?? element).text.trimmed
        if !value.isEmpty { return value }
      }
      return ""
    }

    /// The parts of this name, each with fields of its own.
    func rows(_ tag: String) -> [Fields] {
      elements.filter { $0.name.hasSameLetters(as: tag) }.map { Fields(of: [$0]) }
    }
  }
}
