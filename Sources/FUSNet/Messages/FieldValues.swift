import Primitives

/// How values of replies are read. What is merely for show becomes empty or nil when it makes no sense.
enum FieldValues {
  /// A text to be shown: one line of at most 256 bytes, or empty.
  static func line(_ text: String) -> String {
    text.utf8.count <= 256 && !text.steersText ? text : ""
  }

  /// An http or https address of plain characters; nil otherwise.
  static func webAddress(_ text: String) -> String? {
    guard text.hasPrefix("https://") || text.hasPrefix("http://"), text.utf8.count <= 1024,
      text.utf8.allSatisfy({ $0.isPrintable && $0 != 0x20 })
    else { return nil }
    return text
  }

  /// The major version in a system's name: 15 of `V(Android 15)`.
  static func androidMajor(_ systemName: String) -> Int? {
    let text = Array(systemName.utf8)
    let word = Array("Android ".utf8)
    guard
      let start = text.indices.first(where: { text[$0...].starts(with: word) })
    else { return nil }
    return Int(String(decoding: text[(start + word.count)...].prefix(while: \.isDigit), as: UTF8.self))
  }

  /// A CRC-32 in decimal, which servers write as a signed or as an unsigned number.
  static func crc32(_ text: String) -> UInt32? {
    if let value = UInt32(text) { return value }
    return Int32(text).map(UInt32.init(bitPattern:))
  }

  /// Seconds since 1970 of `20211007165909` or `2025/03/25 05:01:03`, taken as UTC; nil for what is no time.
  static func time(_ text: String) -> Int64? {
    let digits = text.utf8.filter(\.isDigit).map { Int64($0 - UInt8(ascii: "0")) }
    guard digits.count == 14, text.utf8.allSatisfy({ $0.isDigit || "/-: ".utf8.contains($0) }) else {
      return nil
    }
    func number(_ range: Range<Int>) -> Int64 { digits[range].reduce(0) { $0 * 10 + $1 } }
    let (year, month, day) = (number(0..<4), number(4..<6), number(6..<8))
    let (hour, minute, second) = (number(8..<10), number(10..<12), number(12..<14))
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let monthDays: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1970...9999).contains(year), (1...12).contains(month), day >= 1, day <= monthDays[Int(month) - 1],
      hour < 24, minute < 60, second < 60
    else { return nil }
    let past = year - 1
    let leapDays = past / 4 - past / 100 + past / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400)
    let days = (year - 1970) * 365 + leapDays + monthDays[..<(Int(month) - 1)].reduce(0, +) + day - 1
    return ((days * 24 + hour) * 60 + minute) * 60 + second
  }
}
