import FirmwareFormats
import Testing

struct CRC32Tests {
  @Test func knownValues() {
    #expect(checksum([]) == 0)
    #expect(checksum(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x190A_55AD)
  }

  @Test func updateGoesOn() {
    let bytes = firmwareLike(10_000, seed: 1)
    let head = checksum(Array(bytes[..<3333]))
    #expect(unsafe CRC32.update(head, with: Array(bytes[3333...]).span.bytes) == checksum(bytes))
  }

  @Test func combineIsTheChecksumOfBoth() {
    let bytes = firmwareLike(100_000, seed: 2)
    for split in [0, 1, 7, 4096, 65_536, 99_999, 100_000] {
      let first = Array(bytes[..<split])
      let second = Array(bytes[split...])
      let combined = CRC32.combine(checksum(first), checksum(second), length: UInt64(second.count))
      #expect(combined == checksum(bytes), "split at \(split)")
    }
  }

  /// The second stretch is 12 GiB of zeros, put together by doubling.
  @Test func combineTakesLongLengths() {
    let megabyte: UInt64 = 1 << 20
    var zeros = checksum([UInt8](repeating: 0, count: Int(megabyte)))
    var length = megabyte
    while length < 4 << 30 {
      zeros = CRC32.combine(zeros, zeros, length: length)
      length *= 2
    }
    let twelve = CRC32.combine(CRC32.combine(zeros, zeros, length: length), zeros, length: length)
    let atOnce = CRC32.combine(0xCBF4_3926, twelve, length: 3 * length)
    let inSteps = (0..<3).reduce(UInt32(0xCBF4_3926)) { sum, _ in CRC32.combine(sum, zeros, length: length) }
    #expect(atOnce == inSteps)
  }
}
