import FirmwareFormats
import Primitives
import TestSupport

extension FuzzTarget {
  /// A file's checksum out of pieces in any order.
  ///
  /// ```
  ///  size of the file 2 | intervals held 1 | pieces, each: kind 1, offset 2, count 2
  /// ```
  static let intervalChecksum = FuzzTarget(name: "interval-checksum", largestInput: 2 << 10) {
    (input) async in
    var fields = Fields(input)
    let size = Int(fields.number(bytes: 2))
    let limit = Int(fields.number(bytes: 1))
    var random = SplitMix(seed: UInt64(size))
    let file = random.bytes(size)
    var checksum = IntervalChecksum(size: UInt64(size), limit: limit)
    var isTold = false
    while !fields.rest.isEmpty {
      let kind = fields.number(bytes: 1)
      let (offset, count) = (Int(fields.number(bytes: 2)), Int(fields.number(bytes: 2)))
      let range = UInt64(offset)..<UInt64(offset + count)
      let gaps = checksum.gaps(in: range)
      expect(gaps.count <= max(1, limit) + 1, "\(gaps.count) gaps between \(limit) intervals")
      expect(gaps.allSatisfy { !$0.isEmpty && $0.clamped(to: range) == $0 }, "\(gaps) in \(range)")
      guard offset <= size, count <= size - offset else {
        let beyond = [UInt8](repeating: 0, count: count)
        expect(unsafe checksum.add(beyond.span.bytes, at: UInt64(offset)) == nil, "it took what is not there")
        continue
      }
      let piece = Array(file[offset..<offset + count])
      let whole =
        kind & 1 == 0
        ? unsafe checksum.add(piece.span.bytes, at: UInt64(offset))
        : checksum.add(crc32: piece.crc32, of: range)
      guard let whole else { continue }
      expect(whole == file.crc32 && !isTold, "the checksum of the whole is wrong, or told twice")
      isTold = true
    }
    for gap in checksum.gaps(in: 0..<UInt64(size)) where !isTold {
      let piece = Array(file[Int(gap.lowerBound)..<Int(gap.upperBound)])
      isTold = unsafe checksum.add(piece.span.bytes, at: gap.lowerBound) == file.crc32
    }
    expect(isTold || size == 0, "it was never told")
  }
}
