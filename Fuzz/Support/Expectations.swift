import FirmwareFormats
import Primitives

/// Ends the process, which libFuzzer takes as a find, unless the condition holds.
func expect(_ condition: Bool, _ words: @autoclosure () -> String) {
  if !condition { fatalError(words()) }
}

/// A parser says of bytes that they are damaged or unsupported, in one short line. Anything else is its own fault:
/// `invalid` means that it has read beyond what there is.
func expectAboutContent(_ failure: Failure) {
  expect(failure.code == .damaged || failure.code == .unsupported, "\(failure.code): \(failure.cause)")
  expect(failure.cause.utf8.count < 2000, "a sentence of \(failure.cause.utf8.count) bytes")
  expect(!failure.cause.unicodeScalars.contains { $0.value < 0x20 }, "more than a line: \(failure.cause)")
}

/// The bytes, or nil where they are damaged or unsupported.
func read(_ readable: any RandomReadable, _ range: Range<Int>) async -> [UInt8]? {
  do throws(Failure) {
    return try await readable.bytes(at: UInt64(range.lowerBound), count: range.count)
  } catch {
    expectAboutContent(error)
    return nil
  }
}

/// Up to `most` bytes from the beginning, a piece after the other, as far as they can be read.
func readForward(_ readable: any RandomReadable, most: Int, piece: Int = 4096) async -> [UInt8] {
  let end = min(most, Int(clamping: readable.size))
  var bytes: [UInt8] = []
  while bytes.count < end,
    let next = await read(readable, bytes.count..<min(end, bytes.count + piece))
  {
    bytes += next
  }
  return bytes
}

/// Several readers at once, each at random places: what one gets must be in `plain`, as far as that goes.
///
/// - Parameter isWhole: whether `plain` is all, and no read may fail.
func expectReads(
  of readable: any RandomReadable, in plain: [UInt8], isWhole: Bool, seed: UInt64, longest: Int = 5000
) async {
  let size = min(Int(clamping: readable.size), 1 << 40)
  expect(!isWhole || size == plain.count, "\(size) bytes where \(plain.count) should be")
  await withTaskGroup { group in
    for reader in 0..<3 {
      group.addTask {
        var random = Numbers(seed: seed &+ UInt64(reader))
        for _ in 0..<4 {
          // Mostly where something is known.
          let limit = random.next(below: 4) == 0 ? size : min(size, plain.count)
          let start = random.next(below: limit + 1)
          let count = random.next(below: min(longest, size - start) + 1)
          let bytes = await read(readable, start..<start + count)
          expect(bytes != nil || !isWhole, "\(count) bytes at \(start) of \(size) cannot be read")
          guard let bytes, start < plain.count else { continue }
          let known = plain[start..<min(plain.count, start + count)]
          expect(bytes.starts(with: known), "\(count) bytes at \(start) of \(size) are wrong")
        }
      }
    }
  }
}
