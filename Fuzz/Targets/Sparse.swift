import FirmwareFormats
import Primitives

extension FuzzTarget {
  /// A sparse image: read forward, here and there, and with what was found out before.
  static let sparse = FuzzTarget(name: "sparse", largestInput: 16 << 10) { (input) async throws(Failure) in
    let image = try await SparseImage.open(name: "x.img", MemoryFile(input))
    expect(SparseImage.isSparse(head: input.span), "it does not begin like a sparse image")
    expect(image.size < 1 << 58, "\(image.size) bytes")
    var numbers = Numbers(of: input)
    let fresh = try await SparseImage.open(name: "x.img", MemoryFile(input))
    let plain = await readForward(image, most: 1 << 20)
    let isWhole = UInt64(plain.count) == image.size
    await expectReads(of: fresh, in: plain, isWhole: isWhole, seed: numbers.seed())
    let known = try await SparseImage.open(name: "x.img", MemoryFile(input), known: image.serialized)
    expect(known.knownChunks == image.knownChunks, "\(known.knownChunks) of \(image.knownChunks) chunks")
    await expectReads(of: known, in: plain, isWhole: isWhole, seed: numbers.seed())
  }

  /// What was found out before, which may be anything under its checksum.
  ///
  /// ```
  ///  count 2 | kept bytes behind the file's size, without their checksum | file
  /// ```
  static let sparseKept = FuzzTarget(name: "sparse-kept", largestInput: 8 << 10) {
    (input) async throws(Failure) in
    var fields = Fields(input)
    let kept = fields.counted()
    let file = Array(fields.rest)
    let sealed = [1] + file.prefix(28) + littleEndian(UInt64(file.count), count: 8) + kept
    let image = try await SparseImage.open(
      name: "x.img", MemoryFile(file), known: sealed + littleEndian(UInt64(sealed.crc32), count: 4))
    await expectReads(of: image, in: [], isWhole: image.size == 0, seed: UInt64(input.crc32))
  }
}
