import Primitives

/// A scan as bytes that can be kept, and taken up again.
///
/// ```
///  version │ file size │ position │ header bytes │ members │ records of the whole archive
///          │ number of entries  │ for each: blocks since the last, blocks of headers, size, kind, time, path
///          │ number of problems │ sentences │ further problems │ ending
/// ```
/// Numbers, bytes and times are as a `CompactWriter` writes them.
extension TarScanner {
  private static let version: UInt64 = 1
  /// Bytes of a sentence.
  private static let longestSentence = 1000
  private static let unit = UInt64(TarHeader.size)

  /// The entries, the problems, the ending, and where to go on: what was said of an entry before its own header is left
  /// out and read again.
  package var serialized: [UInt8] {
    var writer = CompactWriter()
    for number in [Self.version, size, committed.position, committed.headerBytes, UInt64(committed.members)] {
      writer.write(number)
    }
    writer.write(committed.global)
    writer.write(UInt64(entries.count))
    var previousEnd: UInt64 = 0
    for entry in entries {
      writer.write((entry.headerOffset - previousEnd) / Self.unit)
      writer.write((entry.dataOffset - entry.headerOffset) / Self.unit)
      writer.write(entry.size)
      writer.write(UInt64(entry.kind == .directory ? 1 : 0))
      writer.write(signed: entry.modified)
      writer.write(bytes: entry.path.joined(separator: "/").utf8)
      previousEnd = blockEnd(of: entry.size, at: entry.dataOffset) ?? size
    }
    writer.write(UInt64(omissions.sentences.count))
    for sentence in omissions.sentences { writer.write(bytes: sentence.utf8) }
    writer.write(UInt64(omissions.further))
    switch ending {
    case nil: writer.write(0)
    case .complete(let end):
      writer.write(1)
      writer.write(end)
    case .damaged(let failure):
      writer.write(2)
      writer.write(bytes: failure.cause.utf8)
    }
    return writer.bytes
  }

  /// Takes a scan up again where it can go on; nil for bytes that are none of a file of this size.
  ///
  /// - Parameter size: of the whole file in bytes.
  package init?(serialized: [UInt8], size: UInt64) {
    var reader = CompactReader(serialized)
    self.init(size: size)
    guard reader.number() == Self.version, reader.number() == size, restoreProgress(&reader),
      restoreEntries(&reader), restoreProblems(&reader), restoreEnding(&reader), reader.isAtEnd
    else { return nil }
  }

  private mutating func restoreProgress(_ reader: inout CompactReader) -> Bool {
    guard let position = reader.number(atMost: size),
      let headerBytes = reader.number(atMost: Self.mostHeaderBytes),
      let members = reader.count(atMost: Self.mostEntries), let global = reader.records()
    else { return false }
    committed = Progress(
      position: position, headerBytes: headerBytes, members: members, global: global)
    return true
  }

  private mutating func restoreEntries(_ reader: inout CompactReader) -> Bool {
    guard let count = reader.count(atMost: committed.members) else { return false }
    var previousEnd: UInt64 = 0
    for _ in 0..<count {
      guard let entry = restoreEntry(&reader, after: previousEnd) else { return false }
      entries.append(entry)
      previousEnd = blockEnd(of: entry.size, at: entry.dataOffset) ?? size
      guard previousEnd <= committed.position else { return false }
    }
    return true
  }

  private mutating func restoreEntry(_ reader: inout CompactReader, after start: UInt64) -> TarEntry? {
    let blocks = (size - start) / Self.unit
    guard let gap = reader.number(atMost: blocks),
      let headers = reader.number(atMost: blocks - gap), headers > 0,
      case let dataOffset = start + (gap + headers) * Self.unit,
      let contentSize = reader.number(atMost: size - dataOffset),
      let isDirectory = reader.number(atMost: 1), isDirectory == 0 || contentSize == 0,
      let modified = reader.signed(),
      let name = reader.bytes(atMost: EntryName.longestPath),
      let path = try? EntryName.components(ofPath: name), path.joined(separator: "/").utf8.elementsEqual(name)
    else { return nil }
    let kind: TarEntry.Kind = isDirectory == 1 ? .directory : .file
    guard (try? names.insert(path, as: kind)) != nil else { return nil }
    return TarEntry(
      path: path, kind: kind, headerOffset: start + gap * Self.unit, dataOffset: dataOffset,
      size: contentSize, modified: modified)
  }

  private mutating func restoreProblems(_ reader: inout CompactReader) -> Bool {
    guard let count = reader.count(atMost: min(Self.mostProblems, committed.members - entries.count)) else {
      return false
    }
    var sentences: [String] = []
    for _ in 0..<count {
      guard let sentence = reader.sentence(atMost: Self.longestSentence) else { return false }
      sentences.append(sentence)
    }
    let others = committed.members - entries.count - sentences.count
    guard let further = reader.count(atMost: others),
      further == 0 || sentences.count == Self.mostProblems
    else { return false }
    omissions = Omissions(most: Self.mostProblems, sentences: sentences, further: further)
    return true
  }

  private mutating func restoreEnding(_ reader: inout CompactReader) -> Bool {
    switch reader.number() {
    case 0:
      guard committed.position % Self.unit == 0 else { return false }
      current = committed
      ending = nil
      expect(.header, at: committed.position)
      return ending == nil
    case 1:
      guard let end = reader.number(atMost: size), end >= committed.position else { return false }
      ending = .complete(end: end)
      return true
    case 2:
      guard let sentence = reader.sentence(atMost: Self.longestSentence) else { return false }
      ending = .damaged(Failure(.damaged, sentence))
      return true
    default:
      return false
    }
  }
}

extension CompactWriter {
  fileprivate mutating func write(_ records: PaxRecords) {
    write(bytes: records.path ?? [])
    write(UInt64(records.size == nil ? 0 : 1))
    if let size = records.size { write(size) }
    write(signed: records.modified)
    write(UInt64(records.isSparse ? 1 : 0))
  }
}

extension CompactReader {
  fileprivate mutating func records() -> PaxRecords? {
    guard let path = bytes(atMost: Int(TarScanner.largestExtension)), let hasSize = number(atMost: 1) else {
      return nil
    }
    var records = PaxRecords(path: path.isEmpty ? nil : Array(path))
    if hasSize == 1 {
      guard let size = number() else { return nil }
      records.size = size
    }
    guard let modified = signed(), let isSparse = number(atMost: 1) else { return nil }
    records.modified = modified
    records.isSparse = isSparse == 1
    return records
  }

  fileprivate mutating func sentence(atMost limit: Int) -> String? {
    bytes(atMost: limit).flatMap(EntryName.line)
  }
}
