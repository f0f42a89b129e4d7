import FirmwareFormats
import TestSupport

/// Random numbers that follow from an input, so that its corpus may be whole files of the format.
struct Numbers {
  private var random: SplitMix

  init(seed: UInt64) { random = SplitMix(seed: seed) }

  init(of input: [UInt8]) { self.init(seed: UInt64(input.crc32)) }

  /// 0 where nothing is below.
  mutating func next(below limit: Int) -> Int {
    limit > 0 ? Int(random.next() % UInt64(limit)) : 0
  }

  mutating func next(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + next(below: range.count)
  }

  mutating func seed() -> UInt64 { random.next() }

  /// The bytes cut at random places, each piece with its offset.
  mutating func pieces(of bytes: [UInt8], most: Int = 700) -> [(offset: Int, bytes: [UInt8])] {
    var pieces: [(offset: Int, bytes: [UInt8])] = []
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + next(in: 1...most))
      pieces.append((start, Array(bytes[start..<end])))
      start = end
    }
    return pieces
  }
}

/// Reads the fields of an input from its front; 0 and nothing where it has ended.
struct Fields {
  private(set) var rest: ArraySlice<UInt8>

  init(_ input: [UInt8]) { rest = input[...] }

  /// Little-endian.
  mutating func number(bytes count: Int) -> UInt64 {
    take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  mutating func take(_ count: Int) -> ArraySlice<UInt8> {
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  /// As many bytes as the two before them say, or all there are.
  mutating func counted() -> [UInt8] {
    let count = Int(number(bytes: 2))
    return Array(take(count))
  }
}
