/// What each header means. Each function is called with a part that is whole, and says what comes next.
extension TarScanner {
  mutating func takeHeader(_ block: Span<UInt8>) {
    let position = current.position
    let next = position + UInt64(TarHeader.size)
    if TarHeader.isZero(block) {
      guard pending.isEmpty else {
        return end(damagedAt: position, "extension headers stand before the end, and no entry behind them")
      }
      return expect(.secondZeros, at: next)
    }
    guard let header = TarHeader(parsing: block) else {
      return end(damagedAt: position, "this is no header, or its checksum is wrong")
    }
    switch header.type {
    case UInt8(ascii: "L"): expectExtension(.longName, of: header, at: next)
    case UInt8(ascii: "K"): skipLongLink(header, at: next)
    case UInt8(ascii: "x"), UInt8(ascii: "X"): expectExtension(.records, of: header, at: next)
    case UInt8(ascii: "g"): expectExtension(.globalRecords, of: header, at: next)
    case UInt8(ascii: "S") where header.hasMoreSparseMap: expect(.sparseMap(header), at: next)
    default: takeMember(header, contentAt: next)
    }
  }

  private mutating func expectExtension(_ kind: Extension, of header: TarHeader, at position: UInt64) {
    guard let size = header.contentSize, size <= Self.largestExtension else {
      return end(
        damagedAt: position - UInt64(TarHeader.size),
        "an extension header claims more than \(Self.largestExtension) bytes")
    }
    current.position = position
    if size == 0 { takeExtension(kind, []) } else { expect(.content(kind, size: size), at: position) }
  }

  /// Links are not shown, so that it does not matter where one leads to.
  private mutating func skipLongLink(_ header: TarHeader, at position: UInt64) {
    guard let size = header.contentSize, let next = blockEnd(of: size, at: position) else {
      return end(damagedAt: position - UInt64(TarHeader.size), "a long link runs past the file's end")
    }
    pending.isEmpty = false
    expect(.header, at: next)
  }

  /// Takes the content of an extension header, which begins at the current position.
  mutating func takeExtension(_ kind: Extension, _ content: [UInt8]) {
    let position = current.position
    guard let next = blockEnd(of: UInt64(content.count), at: position) else {
      return end(damagedAt: position, "the file ends at \(size), within an extension header")
    }
    switch kind {
    case .longName:
      pending.isEmpty = false
      pending.longName = Array(content[..<((content.lastIndex { $0 != 0 } ?? -1) + 1)])
    case .records:
      pending.isEmpty = false
      var records = pending.records ?? current.global
      if let fault = records.apply(content) { return end(damagedAt: position, fault) }
      pending.records = records
    case .globalRecords:
      if let fault = current.global.apply(content) { return end(damagedAt: position, fault) }
      // Among another entry's extension headers it is read again with them.
      if pending.isEmpty { commit(at: next) }
    }
    expect(.header, at: next)
  }

  /// Takes an entry with all that was said of it, and goes on behind its content.
  mutating func takeMember(_ header: TarHeader, contentAt position: UInt64) {
    guard current.members < Self.mostEntries else {
      return end(damagedAt: committed.position, "it has more than \(Self.mostEntries) entries")
    }
    current.members += 1
    let records = pending.records ?? current.global
    let name = pending.records?.path ?? pending.longName ?? current.global.path ?? header.name
    let hasContent = header.hasContent(withRecords: pending.records != nil)
    let contentSize = hasContent ? records.size ?? header.contentSize : 0
    guard let contentSize, contentSize <= size - position else {
      let claim = contentSize.map { "\($0) bytes" } ?? "a size that is none"
      return end(
        damagedAt: committed.position,
        "the entry \"\(EntryName.printable(name))\" claims \(claim), and \(size - position) follow")
    }
    do throws(EntryFault) {
      let kind = try header.kind(named: name)
      if records.isSparse { throw .sparse }
      let path = try EntryName.components(ofPath: name)
      if kind == .directory, contentSize > 0 { throw EntryFault(words: "it is a directory with content") }
      // The directory that the archive was made of says nothing.
      if kind == .file || !path.isEmpty {
        try names.insert(path, as: kind)
        entries.append(
          TarEntry(
            path: path, kind: kind, headerOffset: committed.position, dataOffset: position, size: contentSize,
            modified: records.modified ?? header.modified))
      }
    } catch {
      leaveOut(name, error)
    }
    pending = Pending()
    guard let next = blockEnd(of: contentSize, at: position) else {
      commit(at: size)
      return end(damagedAt: size, "the file ends where a content should be filled up to a whole block")
    }
    commit(at: next)
    expect(.header, at: next)
  }

  private mutating func leaveOut(_ name: [UInt8], _ fault: EntryFault) {
    omissions.add(
      "The tar entry \"\(EntryName.printable(name))\" at \(committed.position) is left out: \(fault.words).")
  }

  /// From `position` on a scan can go on without knowing what was before.
  private mutating func commit(at position: UInt64) {
    committed = current
    committed.position = position
  }

  /// Where the next header begins after a content of that many bytes; nil if that is behind the file's end.
  func blockEnd(of contentSize: UInt64, at position: UInt64) -> UInt64? {
    let unit = UInt64(TarHeader.size)
    let (blocks, rest) = contentSize.quotientAndRemainder(dividingBy: unit)
    let available = (size - position) / unit
    guard blocks < available || (blocks == available && rest == 0) else { return nil }
    return position + (rest == 0 ? blocks : blocks + 1) * unit
  }
}
