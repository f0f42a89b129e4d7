/// Puts numbers and bytes one after the other in little room, for keeping.
///
/// ```
///  number   7 bits a byte, the lowest first; the top bit is set in all but the last
///  bytes    their count as a number, then they
///  signed   1 and then a number, its sign in the lowest bit; or 0 for none
/// ```
struct CompactWriter {
  private(set) var bytes: [UInt8] = []

  mutating func write(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func write(bytes written: some Collection<UInt8>) {
    write(UInt64(written.count))
    bytes += written
  }

  mutating func write(signed number: Int64?) {
    write(number == nil ? 0 : 1)
    if let number { write(UInt64(bitPattern: number << 1 ^ number >> 63)) }
  }
}

/// Reads what a `CompactWriter` wrote, out of bytes that may be anything: each function gives nil where it is not there.
struct CompactReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  mutating func number() -> UInt64? {
    var number: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard position < bytes.count else { return nil }
      let byte = bytes[position]
      position += 1
      let bits = UInt64(byte & 0x7F)
      guard (bits << shift) >> shift == bits else { return nil }
      number |= bits << shift
      if byte < 0x80 { return number }
    }
    return nil
  }

  mutating func number(atMost limit: UInt64) -> UInt64? {
    number().flatMap { $0 <= limit ? $0 : nil }
  }

  /// A number of things.
  mutating func count(atMost limit: Int) -> Int? {
    number().flatMap(Int.init(exactly:)).flatMap { $0 <= limit ? $0 : nil }
  }

  mutating func bytes(atMost limit: Int) -> ArraySlice<UInt8>? {
    guard let count = count(atMost: min(limit, bytes.count)), count <= bytes.count - position else {
      return nil
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// The outer nil is for bytes that are not there, the inner one for no number.
  mutating func signed() -> Int64?? {
    guard let isThere = number(atMost: 1) else { return nil }
    guard isThere == 1 else { return .some(nil) }
    guard let bits = number() else { return nil }
    return .some(Int64(bitPattern: bits >> 1) ^ -Int64(bits & 1))
  }
}
