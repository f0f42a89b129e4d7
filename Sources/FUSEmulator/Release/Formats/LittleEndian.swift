extension [UInt8] {
  /// Appends an integer, least significant byte first.
  mutating func append<Value: FixedWidthInteger>(littleEndian value: Value) {
    var rest = value
    for _ in 0..<Value.bitWidth / 8 {
      append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  /// Appends text, cut or filled with zero bytes to `count` bytes.
  mutating func append(text: String, count: Int) {
    let bytes = Array(text.utf8.prefix(count))
    append(contentsOf: bytes)
    append(contentsOf: repeatElement(0, count: count - bytes.count))
  }
}

extension Int {
  /// The next multiple of `unit`, or this number if it is one.
  func roundedUp(to unit: Int) -> Int {
    (self + unit - 1) / unit * unit
  }
}
