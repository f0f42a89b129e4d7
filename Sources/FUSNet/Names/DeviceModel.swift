/// A model's code as Samsung writes it, `SM-A207F`: safe in a URL, a message and a file name.
package struct DeviceModel: Hashable, Sendable, CustomStringConvertible {
  package let description: String

  /// 3 to 20 of `A`–`Z`, `0`–`9` and `-`: a letter first, a digit somewhere, no `-` last. Nil for anything else.
  package init?(_ text: String) {
    let bytes = text.utf8
    guard
      (3...20).contains(bytes.count),
      bytes.allSatisfy({ $0.isUppercase || $0.isDigit || $0 == UInt8(ascii: "-") }),
      let first = bytes.first, first.isUppercase,
      bytes.contains(where: \.isDigit),
      bytes.last != UInt8(ascii: "-")
    else { return nil }
    description = text
  }
}
