/// Bytes in gzip's wrapping (RFC 1952), stored and not compressed.
///
/// ```
///  1f 8b 08 00  time  00 ff │ 00|01 length ~length bytes │ … │ CRC-32  size      numbers lowest byte first
///  └──── header ──────────┘ └─ a block of up to 65,535 ─┘
/// ```
enum Gzip {
  static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]
    var rest = bytes[...]
    repeat {
      let block = rest.prefix(0xffff)
      rest = rest.dropFirst(block.count)
      let (low, high) = (UInt8(block.count & 0xff), UInt8(block.count >> 8))
      result += [rest.isEmpty ? 1 : 0, low, high, ~low, ~high] + block
    } while !rest.isEmpty
    for number in [updatedCRC32(0, bytes.span), UInt32(truncatingIfNeeded: bytes.count)] {
      result += (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    return result
  }
}
