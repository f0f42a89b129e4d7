import Primitives

@testable import FirmwareFormats

extension FuzzTarget {
  /// Of the plain bytes so many are looked at.
  private static let mostPlain = 1 << 20

  /// An LZ4 file: its headers fed whole and in pieces, its content read forward and here and there.
  static let lz4 = FuzzTarget(name: "lz4", largestInput: 8 << 10) { (input) async throws(Failure) in
    let input = checksummed(input)
    var numbers = Numbers(of: input)
    let size = UInt64(input.count)
    var whole = LZ4Scanner(size: size)
    unsafe whole.feed(input.span.bytes, at: 0)
    expect(whole.ending != nil && whole.wanted == nil, "it waits for what is not there")

    var scanner = LZ4Scanner(size: size)
    for (offset, bytes) in numbers.pieces(of: input) {
      unsafe scanner.feed(bytes.span.bytes, at: UInt64(offset))
      if let wanted = scanner.wanted {
        expect(!wanted.isEmpty && wanted.upperBound <= size, "it wants \(wanted)")
      }
      guard size > 0, numbers.next(below: 4) == 0 else { continue }
      guard var restored = LZ4Scanner(serialized: scanner.serialized, size: size) else {
        fatalError("its own bytes are refused")
      }
      unsafe restored.feed(input.span.bytes, at: 0)
      expect(restored == whole, "a scan that was kept ends otherwise")
    }
    expect(scanner == whole, "a scan in pieces ends otherwise")

    let plain = await readForward(try await open(input, LZ4Scanner(size: size)), most: mostPlain)
    let file = try await open(input, LZ4Scanner(size: size))
    let isWhole = UInt64(plain.count) == file.size
    await expectReads(of: file, in: plain, isWhole: isWhole, seed: numbers.seed(), longest: 100_000)
    if isWhole, case .complete = whole.ending {
      let walked = try await open(input, whole)
      await expectReads(of: walked, in: plain, isWhole: true, seed: numbers.seed(), longest: 100_000)
    }
  }

  /// A kept scan that may be anything, of a file that may be another one.
  ///
  /// ```
  ///  count 2 | kept bytes | file
  /// ```
  static let lz4Kept = FuzzTarget(name: "lz4-kept", largestInput: 8 << 10) { (input) async throws(Failure) in
    var fields = Fields(input)
    let kept = fields.counted()
    let file = Array(fields.rest)
    let size = UInt64(file.count)
    guard let scanner = LZ4Scanner(serialized: kept, size: size) else { return }
    expect(LZ4Scanner(serialized: scanner.serialized, size: size) == scanner, "it does not come back")
    let opened = try await open(file, scanner)
    await expectReads(of: opened, in: [], isWhole: opened.size == 0, seed: UInt64(input.crc32))
  }

  /// The file with a right checksum in its first frame's header, which hardly any change would leave.
  private static func checksummed(_ file: [UInt8]) -> [UInt8] {
    guard file.count >= 7, file.span.littleEndian(UInt32.self, at: 0) == LZ4FrameHeader.magic else {
      return file
    }
    let last = LZ4FrameHeader.count(flags: file[4]) - 1
    guard last < file.count else { return file }
    var file = file
    file[last] = unsafe UInt8(truncatingIfNeeded: LZ4Checksum.of(file.span.bytes.extracting(4..<last)) >> 8)
    return file
  }

  private static func open(_ packed: [UInt8], _ scanner: LZ4Scanner) async throws(Failure) -> LZ4File {
    let file = try await LZ4File.open(
      name: "x.lz4", packed: MemoryFile(packed), index: LZ4Index(scanner), passesBytes: false,
      blocks: LZ4BlockCache(memory: 16 << 20, executor: turns), checkpoints: MemoryCheckpoints())
    expect(file.size <= 300 * UInt64(packed.count), "\(file.size) bytes out of \(packed.count)")
    return file
  }
}
