import CXML

/// An element of a client's message: its name, its own text and the elements in it.
struct XMLElement: Sendable {
  let name: String
  let text: String
  let children: [XMLElement]

  /// The document's root; nothing when the bytes are no XML or carry a DTD.
  ///
  /// The parser opens nothing, and its own limits bound depth and length.
  static func parse(_ xml: [UInt8]) -> XMLElement? {
    let options = Int32(XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue)
    let document = unsafe xml.withUnsafeBytes { bytes in
      unsafe xmlReadMemory(
        bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(clamping: bytes.count), nil, nil,
        options)
    }
    guard let document = unsafe document else { return nil }
    defer { unsafe xmlFreeDoc(document) }
    guard unsafe document.pointee.intSubset == nil, let root = unsafe xmlDocGetRootElement(document) else {
      return nil
    }
    return unsafe XMLElement(root)
  }

  private init(_ node: xmlNodePtr) {
    var text = ""
    var children: [XMLElement] = []
    var next = unsafe node.pointee.children
    while let child = unsafe next {
      if unsafe child.pointee.type == XML_ELEMENT_NODE {
        unsafe children.append(XMLElement(child))
      } else if let content = unsafe child.pointee.content {
        unsafe text += String(cString: content)
      }
      unsafe next = child.pointee.next
    }
    name = unsafe String(cString: node.pointee.name)
    self.text = text
    self.children = children
  }
}
