import CXML
import Primitives

extension XMLElement {
  private static let largestDocument = 8 << 20
  private static let mostElements = 200_000
  private static let deepestElement = 32

  /// Parses a hostile document: UTF-8 only, no DOCTYPE, no declarations, no entities but the five of XML, bounded in
  /// size, depth and number of elements. Nothing outside the bytes is read.
  ///
  /// The corresponding C function is `xmlReaderForMemory`.
  init(parsing bytes: [UInt8]) throws(Failure) {
    guard bytes.count <= Self.largestDocument else { throw Self.fault("is too long") }
    guard bytes.contains(where: { !$0.isWhitespace }) else { throw Self.fault("is empty") }
    if Self.isWebPage(bytes) {
      throw Failure(
        .network, "A web page came instead of an answer: a firewall or captive portal is in between.",
        cure: "Open a web page in a browser to log in to the network, or set --proxy.")
    }
    guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else {
      throw Self.fault("is not text in UTF-8")
    }
    guard !Self.declaresAnything(bytes) else { throw Self.fault("declares document types or entities") }
    var reader = try Reader(bytes)
    self = try reader.rootElement()
  }

  private static func fault(
    _ what: String, file: StaticString = #fileID, line: UInt = #line
  ) -> Failure {
    Failure(
      .network, "The server's reply \(what), which no answer of this protocol is.", file: file, line: line)
  }

  /// Whether the document begins as HTML does.
  private static func isWebPage(_ bytes: [UInt8]) -> Bool {
    let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let start = (bytes.starts(with: byteOrderMark) ? bytes.dropFirst(3) : bytes[...])
      .drop(while: \.isWhitespace).prefix(16).map(\.lowercased)
    return start.starts(with: "<!doctype html".utf8) || start.starts(with: "<html".utf8)
  }

  /// Whether there is a `<!` that begins neither a comment nor a CDATA section.
  private static func declaresAnything(_ bytes: [UInt8]) -> Bool {
    bytes.indices.contains { index in
      guard bytes[index] == UInt8(ascii: "<") else { return false }
      let rest = bytes[index...].dropFirst()
      guard rest.first == UInt8(ascii: "!") else { return false }
      return !rest.starts(with: "!--".utf8) && !rest.starts(with: "![CDATA[".utf8)
    }
  }

  /// libxml2's pull parser over bytes of its own.
  @safe
  private struct Reader: ~Copyable {
    private let bytes: UnsafeMutableBufferPointer<CChar>
    private let reader: xmlTextReaderPtr

    private static let isReady: Void = xmlInitParser()

    init(_ document: [UInt8]) throws(Failure) {
      Self.isReady
      guard let count = Int32(exactly: document.count) else { throw XMLElement.fault("is too long") }
      let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: document.count)
      _ = unsafe copy.initialize(from: document.lazy.map { CChar(bitPattern: $0) })
      let options =
        XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
        | XML_PARSE_IGNORE_ENC.rawValue
      guard
        let reader = unsafe xmlReaderForMemory(copy.baseAddress, count, nil, "UTF-8", Int32(options))
      else {
        unsafe copy.deallocate()
        throw Failure(.exhausted, "There is no memory to parse the server's reply.")
      }
      unsafe self.bytes = copy
      unsafe self.reader = reader
    }

    deinit {
      unsafe xmlFreeTextReader(reader)
      unsafe bytes.deallocate()
    }

    mutating func rootElement() throws(Failure) -> XMLElement {
      var open: [XMLElement] = []
      var root: XMLElement?
      var elements = 0
      while true {
        let status = unsafe xmlTextReaderRead(reader)
        guard status >= 0 else { throw XMLElement.fault("is not well-formed XML") }
        guard status > 0 else { break }
        switch xmlReaderTypes(UInt32(bitPattern: unsafe xmlTextReaderNodeType(reader))) {
        case XML_READER_TYPE_ELEMENT:
          elements += 1
          guard elements <= XMLElement.mostElements, open.count < XMLElement.deepestElement else {
            throw XMLElement.fault("has too many elements")
          }
          let isEmpty = unsafe xmlTextReaderIsEmptyElement(reader) == 1
          open.append(currentElement())
          if isEmpty { Self.close(&open, &root) }
        case XML_READER_TYPE_END_ELEMENT:
          Self.close(&open, &root)
        case XML_READER_TYPE_TEXT, XML_READER_TYPE_CDATA, XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
          if let last = open.indices.last { open[last].text += currentValue() }
        case XML_READER_TYPE_DOCUMENT_TYPE, XML_READER_TYPE_ENTITY_REFERENCE, XML_READER_TYPE_ENTITY:
          throw XMLElement.fault("declares document types or entities")
        default:
          break
        }
      }
      guard let root else { throw XMLElement.fault("has no element") }
      return root
    }

    private static func close(_ open: inout [XMLElement], _ root: inout XMLElement?) {
      guard let element = open.popLast() else { return }
      if let parent = open.indices.last {
        open[parent].children.append(element)
      } else {
        root = element
      }
    }

    private func currentElement() -> XMLElement {
      var element = XMLElement(currentName())
      while unsafe xmlTextReaderMoveToNextAttribute(reader) == 1 {
        element.attributes[currentName()] = currentValue()
      }
      return element
    }

    private func currentName() -> String {
      unsafe Self.string(xmlTextReaderConstName(reader))
    }

    private func currentValue() -> String {
      unsafe Self.string(xmlTextReaderConstValue(reader))
    }

    private static func string(_ pointer: UnsafePointer<xmlChar>?) -> String {
      guard let pointer = unsafe pointer else { return "" }
      return unsafe String(cString: pointer)
    }
  }
}
