/// A client's message:
///
///     <FUSMsg>
///       <FUSHdr><ProtoVer>1</ProtoVer><SessionID>0</SessionID><MsgID>1</MsgID></FUSHdr>
///       <FUSBody>
///         <Put><CmdID>1</CmdID> <TAG><Data>value</Data></TAG>… </Put>
///         [<Get><CmdID>2</CmdID><TAG/>…</Get>]
///       </FUSBody>
///     </FUSMsg>
struct RequestMessage {
  /// The header's elements by name.
  private(set) var header: [String: String] = [:]
  /// Put's fields by tag.
  private(set) var fields: [String: String] = [:]
  /// Put's number, where it has one.
  private(set) var commandID: String?
  /// What Get asks for.
  private(set) var wanted: [String] = []

  /// The message in some XML; the error's sentence says what is wrong with it.
  init(xml: [UInt8]) throws(EmulatorFailure) {
    guard let root = XMLElement.parse(xml) else {
      throw EmulatorFailure("the message is empty, not XML or carries a DTD")
    }
    guard root.name == "FUSMsg" else { throw EmulatorFailure("the message is not a FUSMsg") }
    for part in root.children {
      switch part.name {
      case "FUSHdr": for element in part.children { header[element.name] = element.text }
      case "FUSBody": for element in part.children { try readBody(element) }
      default: throw EmulatorFailure("FUSMsg holds \(part.name)")
      }
    }
    guard !fields.isEmpty else { throw EmulatorFailure("the message has no Put with fields") }
  }

  private mutating func readBody(_ part: XMLElement) throws(EmulatorFailure) {
    switch part.name {
    case "Put":
      for field in part.children {
        guard field.name != "CmdID" else {
          commandID = field.text
          continue
        }
        guard field.children.count == 1, field.children[0].name == "Data" else {
          throw EmulatorFailure("\(field.name) has not exactly one Data")
        }
        guard fields.updateValue(field.children[0].text, forKey: field.name) == nil else {
          throw EmulatorFailure("\(field.name) comes twice")
        }
      }
    case "Get": wanted = part.children.map(\.name)
    default: throw EmulatorFailure("FUSBody holds \(part.name)")
    }
  }
}
