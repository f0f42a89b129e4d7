import FirmwareFormats
import Primitives

extension FuzzTarget {
  /// The lines behind a tar archive.
  static let tarChecksum = FuzzTarget(name: "tar-checksum", largestInput: 12 << 10) {
    (input) async throws(Failure) in
    let lines = try await TarChecksum.read(from: MemoryFile(input)).lines
    expect(lines.count <= 16, "\(lines.count) lines")
    var end = 0
    for line in lines {
      let start = Int(clamping: line.offset)
      expect(start >= end && start <= input.count, "a line at \(start) behind \(end)")
      let rest = input[start...]
      let digits = line.md5.flatMap { [$0 >> 4, $0 & 15] }
      expect(digits.count == 32, "\(line.md5.count) bytes of MD5")
      expect(
        rest.prefix(32).map { Character(UnicodeScalar($0)).hexDigitValue } == digits.map { Int($0) },
        "no digits at \(start)")
      expect(rest.dropFirst(34).starts(with: line.name.utf8), "no name at \(start)")
      end = start + 34 + line.name.utf8.count + 1
    }
    expect(lines.isEmpty || end == input.count || end + 1 == input.count, "the lines end at \(end)")
  }
}
