extension [UInt8] {
  /// Appends the integer's bytes, the lowest first.
  @inlinable package mutating func append<Integer: FixedWidthInteger & UnsignedInteger>(
    littleEndian integer: Integer
  ) {
    for shift in stride(from: 0, to: Integer.bitWidth, by: 8) {
      append(UInt8(truncatingIfNeeded: integer >> shift))
    }
  }
}
