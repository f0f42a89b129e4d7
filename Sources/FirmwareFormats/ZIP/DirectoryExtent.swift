import Primitives

/// Where the central directory lies in the file, checked against the file's size and this program's limits.
struct DirectoryExtent {
  let start: UInt64
  let end: UInt64
  let entries: Int
  /// How far the file's own offsets are off, because of bytes put before the archive.
  let prefix: UInt64

  /// `position` is that of the end record in the file.
  init(
    _ record: EndRecord, at position: UInt64, in source: some RandomReadable, tail: Tail
  ) async throws(Failure) {
    let wide = try await Self.wideRecord(
      before: position, isNeeded: record.isSaturated, in: source, tail: tail)
    let disks =
      wide.map { ($0.record.disk, $0.record.directoryDisk) }
      ?? (UInt32(record.disk), UInt32(record.directoryDisk))
    let entries = wide?.record.entries ?? UInt64(record.entries)
    let entriesHere = wide?.record.entriesHere ?? UInt64(record.entriesHere)
    guard disks == (0, 0), entriesHere == entries else {
      throw Failure(.unsupported, "The ZIP file is one part of several; only whole ones can be read.")
    }
    try self.init(
      size: wide?.record.directorySize ?? UInt64(record.directorySize),
      offset: wide?.record.directoryOffset
        ?? (record.directoryOffset == .max ? nil : UInt64(record.directoryOffset)),
      entries: entries, end: wide?.position ?? position)
  }

  /// `offset` is nil where the records do not tell it; Info-ZIP writes such when it is forced to ZIP64 in a pipe.
  private init(size: UInt64, offset: UInt64?, entries: UInt64, end: UInt64) throws(Failure) {
    guard entries <= ZIPArchive.mostEntries, size <= ZIPArchive.largestDirectory else {
      throw Failure(
        .unsupported,
        "The ZIP file claims \(entries) entries in a directory of \(size) bytes; "
          + "at most \(ZIPArchive.mostEntries) in \(ZIPArchive.largestDirectory) bytes can be read.")
    }
    guard size <= end, (offset ?? 0) <= end - size else {
      throw Failure(
        .damaged,
        "The ZIP file's end record at \(end) claims a directory of \(size) bytes at \(offset ?? 0), which do not fit."
      )
    }
    guard entries * UInt64(ZIPArchive.DirectoryHeader.size) <= size else {
      throw Failure(
        .damaged,
        "The ZIP file's directory of \(size) bytes cannot hold the \(entries) entries that it claims.")
    }
    self.start = end - size
    self.end = end
    self.entries = Int(entries)
    self.prefix = offset.map { end - size - $0 } ?? 0
  }

  /// The ZIP64 end record and its position; nil where no locator stands before the end record.
  ///
  /// Some writers leave all fields of the end record as they are and yet add the two. Bytes put before the archive make
  /// the locator's offset wrong; then the record is the 56 bytes before the locator.
  private static func wideRecord(
    before position: UInt64, isNeeded: Bool, in source: some RandomReadable, tail: Tail
  ) async throws(Failure) -> (record: ZIP64EndRecord, position: UInt64)? {
    let locatorSize = UInt64(ZIP64Locator.size)
    let recordSize = UInt64(ZIP64EndRecord.size)
    guard position >= locatorSize,
      let locator = ZIP64Locator(
        parsing: try await tail.bytes(position - locatorSize..<position, of: source))
    else { return nil }
    let end = position - locatorSize
    let candidates = [locator.recordOffset, end >= recordSize ? end - recordSize : 0]
    for start in candidates where start <= end && end - start >= recordSize {
      let bytes = try await tail.bytes(start..<start + recordSize, of: source)
      if let record = ZIP64EndRecord(parsing: bytes) { return (record, start) }
    }
    guard isNeeded else { return nil }
    throw Failure(
      .damaged,
      "The ZIP file's locator at \(end) points at \(locator.recordOffset), where no ZIP64 end record is.")
  }
}
