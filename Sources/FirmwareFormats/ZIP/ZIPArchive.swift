package import Primitives

/// A ZIP file's directory: what is in it and where, without the contents.
///
/// ```
///  0                                                                               size
///  +--------+--------------+------+-----+--------------+-----------------+-----------+
///  | prefix | local header | data | ... |   central    | ZIP64 end record| end record|
///  | if any | of the first |      |     |  directory   | and its locator | + comment |
///  +--------+--------------+------+-----+--------------+-----------------+-----------+
///                                                       \______ found from the end _/
/// ```
/// Offsets in the file count from the first local header's archive, so a prefix (a self-extractor's program) shifts
/// all of them alike; offsets in this type count from the file's beginning.
package struct ZIPArchive: Sendable, Equatable {
  /// What can be shown, in the directory's order.
  package let entries: [Entry]
  /// Sentences about entries that were left out, at most `mostProblems` and one that says how many more.
  package let problems: [String]

  static let mostProblems = 100
  static let largestDirectory: UInt64 = 16 << 20
  static let mostEntries: UInt64 = 65_536

  /// The end record with the longest comment.
  package static let defaultTailSize = 22 + 65_535

  /// Reads the directory, through the last `tailSize` bytes and then only what of it lies before them.
  ///
  /// Throws `damaged` where the file is no ZIP or its directory cannot be true, `unsupported` for one that is spread
  /// over several files or larger than this program takes.
  package static func read(
    from source: some RandomReadable, tailSize: Int = defaultTailSize
  ) async throws(Failure) -> ZIPArchive {
    var tail = try await Tail(of: source, size: tailSize)
    var found = EndRecord.search(tail.bytes)
    if found == nil, tailSize < defaultTailSize {
      tail = try await Tail(of: source, size: defaultTailSize)
      found = EndRecord.search(tail.bytes)
    }
    guard let (record, index) = found else {
      throw Failure(.damaged, "This is no ZIP file: no end record in its last \(tail.bytes.count) bytes.")
    }
    let extent = try await DirectoryExtent(
      record, at: tail.start + UInt64(index), in: source, tail: tail)
    let bytes = try await tail.bytes(extent.start..<extent.end, of: source)
    return try ZIPArchive(parsing: bytes, of: extent)
  }
}

/// The last bytes of a file, read once, out of which the end records and mostly the directory too are taken.
struct Tail {
  /// Where it begins in the file.
  let start: UInt64
  let bytes: [UInt8]

  init(of source: some RandomReadable, size: Int) async throws(Failure) {
    let largest = ZIPArchive.largestDirectory + UInt64(ZIPArchive.defaultTailSize)
    let count = min(source.size, UInt64(clamping: size), largest)
    start = source.size - count
    bytes = try await source.bytes(at: start, count: Int(count))
  }

  /// A range of the file, whose length the caller has bounded; only what of it lies before the tail is read.
  func bytes(
    _ range: Range<UInt64>, of source: some RandomReadable
  ) async throws(Failure) -> [UInt8] {
    let inTail = range.clamped(to: start..<start + UInt64(bytes.count))
    let kept = inTail.isEmpty ? [] : bytes[Int(inTail.lowerBound - start)..<Int(inTail.upperBound - start)]
    let missing = Int(range.upperBound - range.lowerBound) - kept.count
    guard missing > 0 else { return Array(kept) }
    return try await source.bytes(at: range.lowerBound, count: missing) + kept
  }
}
