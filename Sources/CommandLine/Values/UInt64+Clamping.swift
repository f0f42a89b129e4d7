extension UInt64 {
  /// The whole part of the number: 0 of what is negative or no number, and the largest where 64 bits do not hold it.
  init(clamping number: Double) {
    self = number >= 0x1p64 ? .max : number > 0 ? UInt64(number) : 0
  }
}
