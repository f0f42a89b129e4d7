import FirmwareFormats
import Primitives

extension FuzzTarget {
  /// A tar archive: fed whole and in pieces, and taken up again in the middle.
  static let tar = FuzzTarget(name: "tar", largestInput: 16 << 10) { (input) async in
    let input = checksummed(input)
    var numbers = Numbers(of: input)
    let size = UInt64(input.count)
    var whole = TarScanner(size: size)
    unsafe whole.feed(input.span.bytes, at: 0)
    expectSound(whole, size: size)
    expect(whole.ending != nil, "it waits for what is not there")

    var scanner = TarScanner(size: size)
    for (offset, bytes) in numbers.pieces(of: input) {
      unsafe scanner.feed(bytes.span.bytes, at: UInt64(offset))
      guard numbers.next(below: 4) == 0 else { continue }
      guard let restored = TarScanner(serialized: scanner.serialized, size: size) else {
        fatalError("its own bytes are refused")
      }
      expect(restored.entries == scanner.entries, "other entries after being kept")
      var finished = restored
      unsafe finished.feed(input.span.bytes, at: 0)
      expectEqual(finished, whole)
    }
    expectEqual(scanner, whole)
  }

  /// A kept scan that may be anything.
  ///
  /// ```
  ///  size of the archive 8 | kept bytes
  /// ```
  static let tarKept = FuzzTarget(name: "tar-kept", largestInput: 4 << 10) { (input) async in
    var fields = Fields(input)
    let size = fields.number(bytes: 8)
    guard var scanner = TarScanner(serialized: Array(fields.rest), size: size) else { return }
    expectSound(scanner, size: size)
    let kept = scanner.serialized
    let again = TarScanner(serialized: kept, size: size)
    expect(again?.serialized == kept, "its own bytes are refused or become others")
    for _ in 0..<8 {
      guard let wanted = scanner.wanted else { break }
      let zeros = [UInt8](repeating: 0, count: Int(wanted.upperBound - wanted.lowerBound))
      unsafe scanner.feed(zeros.span.bytes, at: wanted.lowerBound)
      expectSound(scanner, size: size)
    }
  }

  /// The archive with right checksums in all headers that say `ustar`, which hardly any change would leave.
  private static func checksummed(_ archive: [UInt8]) -> [UInt8] {
    var archive = archive
    for start in stride(from: 0, to: archive.count - 511, by: 512)
    where archive[start + 257..<start + 262].elementsEqual("ustar".utf8) {
      let field = start + 148..<start + 156
      archive.replaceSubrange(field, with: repeatElement(UInt8(ascii: " "), count: 8))
      let sum = archive[start..<start + 512].reduce(0) { $0 + Int($1) }
      let digits = Array(String(sum, radix: 8).utf8)
      archive.replaceSubrange(
        field, with: repeatElement(UInt8(ascii: "0"), count: 6 - digits.count) + digits + [0, 32])
    }
    return archive
  }

  private static func expectSound(_ scanner: TarScanner, size: UInt64) {
    if let wanted = scanner.wanted {
      expect(!wanted.isEmpty && wanted.upperBound <= size && wanted.count <= 1 << 20, "it wants \(wanted)")
    }
    expect(scanner.problems.count <= 101, "\(scanner.problems.count) problems")
    for problem in scanner.problems { expectAboutContent(Failure(.damaged, problem)) }
    if case .damaged(let failure) = scanner.ending { expectAboutContent(failure) }
    if case .complete(let end) = scanner.ending { expect(end <= size, "it ends at \(end) of \(size)") }
    var end: UInt64 = 0
    for entry in scanner.entries {
      expect(entry.headerOffset >= end && entry.dataOffset >= entry.headerOffset + 512, "entries overlap")
      expect(entry.dataOffset <= size && entry.size <= size - entry.dataOffset, "an entry lies outside")
      expect(entry.kind == .file || entry.size == 0, "a directory has content")
      expect((1...32).contains(entry.path.count), "a path of \(entry.path.count) components")
      for name in entry.path {
        expect(!["", ".", ".."].contains(name) && !name.utf8.contains(UInt8(ascii: "/")), "the name \(name)")
      }
      end = entry.dataOffset + entry.size
    }
    expect(Set(scanner.entries.map(\.path)).count == scanner.entries.count, "a path comes twice")
  }

  private static func expectEqual(_ left: TarScanner, _ right: TarScanner) {
    expect(left.entries == right.entries, "other entries")
    expect(left.problems == right.problems, "other problems")
    expect(left.ending == right.ending, "another ending")
  }
}
