/// The status and header fields of a reply.
struct HTTPResponseHead: Sendable, Equatable {
  private(set) var status: Int
  private(set) var fields: [HTTPField] = []

  init(status: Int, fields: [HTTPField] = []) {
    self.status = status
    self.fields = fields
  }

  /// The values of all fields of this name, in order. Names are compared without regard to case.
  func values(_ name: String) -> [String] {
    fields.filter { $0.name.utf8.elementsEqual(name.utf8) { $0.lowercased == $1.lowercased } }.map(\.value)
  }

  func value(_ name: String) -> String? { values(name).first }

  /// A status line, `HTTP/1.1 206 Partial Content`; nil if the line is none.
  init?(statusLine line: [UInt8]) {
    guard line.starts(with: "HTTP/".utf8) else { return nil }
    let digits = line.drop { $0 != 0x20 }.dropFirst().prefix(while: \.isDigit)
    guard digits.count == 3, let status = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
    self.init(status: status)
  }

  /// Whether it is the reply's; one of status 1xx only announces that.
  var isFinal: Bool { status >= 200 }

  /// Adds a line `Name: value`; what is none is left out.
  mutating func append(line: [UInt8]) {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
    let name = String(decoding: line[..<colon], as: UTF8.self)
    fields.append(HTTPField(name.trimmed, String(decoding: line[(colon + 1)...], as: UTF8.self).trimmed))
  }
}
