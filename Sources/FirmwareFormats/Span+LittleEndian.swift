extension Span<UInt8> {
  /// The little-endian integer at `offset`; the caller has checked that the span is long enough.
  ///
  /// Inlinable, since elsewhere each byte would cost a dozen calls of witnesses.
  @inlinable package func littleEndian<Integer: FixedWidthInteger & UnsignedInteger>(
    _ type: Integer.Type, at offset: Int
  ) -> Integer {
    var value: Integer = 0
    for index in (0..<MemoryLayout<Integer>.size).reversed() {
      value = value << 8 | Integer(self[offset + index])
    }
    return value
  }
}
