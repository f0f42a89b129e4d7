/// Classes of ASCII characters, as the protocol's names and numbers are made of them.
extension UInt8 {
  var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }
  var isUppercase: Bool { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self }
  var isLowercase: Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= self }
  var isAlphanumeric: Bool { isDigit || isUppercase || isLowercase }
  /// Space, tab, carriage return or line feed.
  var isWhitespace: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
  /// Neither a control character nor beyond ASCII.
  var isPrintable: Bool { 0x20...0x7E ~= self }
  var lowercased: UInt8 { isUppercase ? self | 0x20 : self }
}

extension Sequence<UInt8> {
  /// These bytes as lower-case hexadecimal digits, two each.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

extension String {
  /// Without white space at its ends.
  var trimmed: String {
    let bytes = utf8.drop(while: \.isWhitespace)
    guard let last = bytes.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(bytes[...last]) ?? ""
  }

  /// The bytes that these hexadecimal digits stand for; nil if they are anything else.
  var hexadecimalBytes: [UInt8]? {
    let digits = utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[index], let low = digits[index + 1] else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    return bytes
  }
}
