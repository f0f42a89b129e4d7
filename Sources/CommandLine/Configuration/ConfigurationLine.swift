/// One line of a configuration file.
enum ConfigurationLine: Equatable {
  case empty
  /// `[NAME]`
  case table(String)
  /// `KEY = VALUE`, the value without its quotes.
  case value(key: String, String)

  /// What is wrong with a line, without a full stop.
  struct Mistake: Error, Equatable {
    let words: String

    init(_ words: String) { self.words = words }
  }

  init(parsing line: ArraySlice<UInt8>) throws(Mistake) {
    var rest = line
    if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
    guard !rest.contains(where: { ($0 < 0x20 && $0 != UInt8(ascii: "\t")) || $0 == 0x7F }) else {
      throw Mistake("a control character is not allowed")
    }
    rest.skipBlanks()
    guard !rest.startsComment, rest.first != UInt8(ascii: ";") else {
      self = .empty
      return
    }
    if rest.first == UInt8(ascii: "[") {
      self = .table(try Self.table(&rest))
    } else {
      let key = try Self.key(&rest)
      self = .value(key: key, try Self.value(&rest))
    }
    rest.skipBlanks()
    guard rest.startsComment else {
      throw Mistake("“\(printable(String(decoding: rest, as: UTF8.self)))” is too much")
    }
  }

  private static func table(_ rest: inout ArraySlice<UInt8>) throws(Mistake) -> String {
    rest.removeFirst()
    guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { throw Mistake("a ] is missing") }
    defer { rest = rest[(end + 1)...] }
    return String(decoding: rest[..<end].trimmed, as: UTF8.self)
  }

  private static func key(_ rest: inout ArraySlice<UInt8>) throws(Mistake) -> String {
    let key = rest.prefix(while: ConfigurationFile.isBareKeyByte)
    rest = rest.dropFirst(key.count)
    rest.skipBlanks()
    guard !key.isEmpty, rest.popFirst() == UInt8(ascii: "=") else { throw Mistake("KEY = VALUE is expected") }
    rest.skipBlanks()
    return String(decoding: key, as: UTF8.self)
  }

  private static func value(_ rest: inout ArraySlice<UInt8>) throws(Mistake) -> String {
    switch rest.first {
    case UInt8(ascii: "\""): return try basicString(&rest)
    case UInt8(ascii: "'"): return try literalString(&rest)
    case UInt8(ascii: "["), UInt8(ascii: "{"): throw Mistake("lists and tables are not values here")
    default: return try bareValue(&rest)
    }
  }

  /// Up to a comment; the underscores that TOML allows between digits are taken out.
  private static func bareValue(_ rest: inout ArraySlice<UInt8>) throws(Mistake) -> String {
    let value = rest.prefix { $0 != UInt8(ascii: "#") }.trimmed
    guard !value.isEmpty else { throw Mistake("a value is missing") }
    rest = rest.dropFirst(value.count)
    let isNumber = value.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
    return String(decoding: isNumber ? value.filter { $0 != UInt8(ascii: "_") } : Array(value), as: UTF8.self)
  }

  /// `'…'`: no escapes.
  private static func literalString(_ rest: inout ArraySlice<UInt8>) throws(Mistake) -> String {
    rest.removeFirst()
    guard let end = rest.firstIndex(of: UInt8(ascii: "'")) else { throw Mistake("a closing ' is missing") }
    defer { rest = rest[(end + 1)...] }
    return String(decoding: rest[..<end], as: UTF8.self)
  }

  /// `"…"` with escapes.
  private static func basicString(_ rest: inout ArraySlice<UInt8>) throws(Mistake) -> String {
    rest.removeFirst()
    var value: [UInt8] = []
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: value, as: UTF8.self)
      case UInt8(ascii: "\\"): value += try escape(&rest)
      default: value.append(byte)
      }
    }
    throw Mistake("a closing \" is missing")
  }

  /// The bytes that an escape stands for; the backslash has been taken.
  private static func escape(_ rest: inout ArraySlice<UInt8>) throws(Mistake) -> [UInt8] {
    switch rest.popFirst() {
    case UInt8(ascii: "\""): return [UInt8(ascii: "\"")]
    case UInt8(ascii: "\\"): return [UInt8(ascii: "\\")]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "u"): return try scalar(&rest, digits: 4)
    case UInt8(ascii: "U"): return try scalar(&rest, digits: 8)
    default: throw Mistake("after \\ one of \" \\ b t n f r u U is expected")
    }
  }

  private static func scalar(_ rest: inout ArraySlice<UInt8>, digits: Int) throws(Mistake) -> [UInt8] {
    let text = rest.prefix(digits)
    rest = rest.dropFirst(text.count)
    guard text.count == digits, text.first != UInt8(ascii: "+"),
      let number = UInt32(String(decoding: text, as: UTF8.self), radix: 16),
      let scalar = Unicode.Scalar(number)
    else { throw Mistake("\\\(digits == 4 ? "u" : "U") needs \(digits) hexadecimal digits of a character") }
    return Array(String(Character(scalar)).utf8)
  }
}

extension ArraySlice<UInt8> {
  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  fileprivate mutating func skipBlanks() {
    self = drop(while: Self.isBlank)
  }

  /// Whether nothing is left, or a comment.
  fileprivate var startsComment: Bool { isEmpty || first == UInt8(ascii: "#") }

  /// Without blanks at both ends.
  fileprivate var trimmed: ArraySlice<UInt8> {
    var trimmed = drop(while: Self.isBlank)
    while let last = trimmed.last, Self.isBlank(last) { trimmed.removeLast() }
    return trimmed
  }
}
