import CISAL
package import Primitives

/// The CRC-32 of ZIP, gzip and the firmware server: reflected, polynomial 0xEDB88320.
package enum CRC32 {
  /// The checksum of what `crc` stands for followed by `bytes`; the checksum of nothing is 0.
  ///
  /// The corresponding C function is `crc32_gzip_refl`.
  package static func update(_ crc: UInt32, with bytes: RawSpan) -> UInt32 {
    guard bytes.byteCount > 0 else { return crc }
    return unsafe bytes.withUnsafeBytes { buffer in
      unsafe crc32_gzip_refl(
        crc, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(buffer.count))
    }
  }

  /// The checksum as people write it: 8 hexadecimal digits.
  package static func digits(_ checksum: UInt32) -> String {
    let digits = String(checksum, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// The checksum of two stretches put together, out of the checksum of each; `length` is that of the second, in bytes.
  ///
  /// Appending n bytes multiplies the first remainder by x^8n, modulo the polynomial.
  package static func combine(_ first: UInt32, _ second: UInt32, length: UInt64) -> UInt32 {
    var shift = one
    var power = one >> 8
    var rest = length
    while rest > 0 {
      if rest & 1 == 1 { shift = multiply(shift, power) }
      power = multiply(power, power)
      rest >>= 1
    }
    return multiply(shift, first) ^ second
  }

  /// The polynomial 1: bit 31 is the coefficient of x^0, bit 0 that of x^31.
  private static let one: UInt32 = 1 << 31
  private static let polynomial: UInt32 = 0xEDB8_8320

  private static func multiply(_ left: UInt32, _ right: UInt32) -> UInt32 {
    var product: UInt32 = 0
    var term = right
    for power in 0..<32 {
      if left & (one >> power) != 0 { product ^= term }
      term = (term >> 1) ^ (term & 1 == 1 ? polynomial : 0)
    }
    return product
  }
}

extension ByteBlock {
  /// The CRC-32 of all bytes.
  package var crc32: UInt32 { withBytes { CRC32.update(0, with: $0) } }
}

extension [UInt8] {
  /// The CRC-32 of all bytes.
  package var crc32: UInt32 { unsafe CRC32.update(0, with: span.bytes) }
}
