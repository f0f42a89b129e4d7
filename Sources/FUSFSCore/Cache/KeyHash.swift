/// The hash that keys of rows are made of: FNV-1a, mixed as in SplitMix64, so that every process makes the same key.
struct KeyHash {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }

  mutating func add(_ text: String) { for byte in text.utf8 { add(byte) } }

  /// Adds an integer's bytes, the lowest first.
  mutating func add<Integer: FixedWidthInteger & UnsignedInteger>(_ integer: Integer) {
    for shift in stride(from: 0, to: Integer.bitWidth, by: 8) {
      add(UInt8(truncatingIfNeeded: integer >> shift))
    }
  }

  var value: UInt64 {
    var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
