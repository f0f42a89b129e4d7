import FirmwareFormats
import Primitives
import TestSupport

/// Bytes like firmware's: stretches of noise, of zeros, of repetition with small changes.
func firmwareLike(_ count: Int, seed: UInt64) -> [UInt8] {
  var random = SplitMix(seed: seed)
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + 8192)
  while bytes.count < count {
    let length = Int.random(in: 16...8192, using: &random)
    switch Int.random(in: 0..<3, using: &random) {
    case 0: bytes += random.bytes(length)
    case 1: bytes += [UInt8](repeating: 0, count: length)
    default:
      let pattern = random.bytes(Int.random(in: 2...64, using: &random))
      bytes += (0..<length).map { pattern[$0 % pattern.count] &+ ($0 % 97 == 0 ? 1 : 0) }
    }
  }
  return Array(bytes.prefix(count))
}

func checksum(_ bytes: [UInt8]) -> UInt32 {
  unsafe CRC32.update(0, with: bytes.span.bytes)
}

extension TemporaryDirectory {
  /// Runs a Python script in it.
  func python(_ script: String) throws {
    try shell("python3 - <<'END'\n\(script)\nEND")
  }

  /// A raw deflate stream of the bytes.
  func deflated(_ bytes: [UInt8], level: Int = 6) throws -> [UInt8] {
    try write(bytes, to: "plain")
    try python(
      """
      import zlib
      c = zlib.compressobj(\(level), zlib.DEFLATED, -15)
      open("deflated", "wb").write(c.compress(open("plain", "rb").read()) + c.flush())
      """)
    return try read("deflated")
  }
}
