/// What a client says to prove that it has a device.
enum DeviceNumber {
  /// 15 digits, the last of which is the Luhn check digit of the others.
  static func isIMEI(_ text: String) -> Bool {
    let digits = text.utf8.map { Int($0) - 48 }
    guard digits.count == 15, digits.allSatisfy({ (0...9).contains($0) }) else { return false }
    let sum = digits.enumerated().reduce(0) { sum, place in
      let doubled = place.element * 2
      return sum + (place.offset.isMultiple(of: 2) ? place.element : doubled > 9 ? doubled - 9 : doubled)
    }
    return sum.isMultiple(of: 10)
  }

  /// 11 capital letters and digits, beginning with a letter, such as `R58M123ABCD`.
  static func isSerialNumber(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 11, let first = bytes.first, (65...90).contains(first) else { return false }
    return bytes.allSatisfy { (65...90).contains($0) || (48...57).contains($0) }
  }
}
