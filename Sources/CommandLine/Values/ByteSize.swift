/// A number of bytes as a person writes it: `4096`, `256M`, `10G`, with binary units.
struct ByteSize: Sendable, Equatable, Comparable {
  let bytes: UInt64

  static let zero = ByteSize(bytes: 0)

  init(bytes: UInt64) { self.bytes = bytes }

  /// Nil where `count` units are more than 64 bits hold.
  init?(_ count: UInt64, _ unit: Unit) {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
    guard !overflow else { return nil }
    self.bytes = bytes
  }

  static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }

  /// Units are powers of 1024. The raw value is the exponent.
  enum Unit: UInt64, CaseIterable {
    case byte, kibibyte, mebibyte, gibibyte, tebibyte

    var bytes: UInt64 { 1 << (10 * rawValue) }
    /// The letter behind a number.
    var letter: String { ["", "K", "M", "G", "T"][Int(rawValue)] }
    /// The unit in words.
    var symbol: String { ["B", "KiB", "MiB", "GiB", "TiB"][Int(rawValue)] }
  }
}

extension ByteSize {
  /// Reads digits and at most one unit, `K`, `M`, `G` or `T` in either case, with or without `iB`.
  init?(parsing text: String) {
    guard let (count, suffix) = leadingNumber(in: text) else { return nil }
    let unit = Unit.allCases.first { unit in
      suffix == unit.letter.lowercased() || suffix == unit.symbol.lowercased()
    }
    guard let unit, let size = ByteSize(count, unit) else { return nil }
    self = size
  }

  /// The exact size with the largest unit that divides it: `parsing:` gives the same size back.
  var argument: String {
    let unit = Unit.allCases.last { bytes % $0.bytes == 0 && bytes >= $0.bytes } ?? .byte
    return "\(bytes / unit.bytes)\(unit.letter)"
  }

  /// The size rounded to one decimal place in the largest unit that it reaches: `4.2 GiB`, `512 B`.
  var words: String {
    let unit = Unit.allCases.last { bytes >= $0.bytes } ?? .byte
    guard unit != .byte else { return "\(bytes) B" }
    let whole = bytes / unit.bytes
    let tenths = (bytes % unit.bytes * 10 + unit.bytes / 2) / unit.bytes
    return tenths == 10 ? "\(whole + 1).0 \(unit.symbol)" : "\(whole).\(tenths) \(unit.symbol)"
  }
}

/// The decimal number that the text starts with, and the rest in lower case; nil without digits or beyond 64 bits.
func leadingNumber(in text: String) -> (number: UInt64, rest: String)? {
  let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  guard let number = UInt64(String(decoding: digits, as: UTF8.self)) else { return nil }
  return (number, String(decoding: text.utf8.dropFirst(digits.count), as: UTF8.self).lowercased())
}
