package import Primitives

extension ZIPArchive {
  /// The header that stands before a member's data; the directory is believed, this is only compared with it.
  ///
  /// ```
  ///  0        4      6       8      10     12     14      18         22           26     28     30
  ///  +--------+------+-------+------+------+------+-------+----------+------------+------+------+------+-------+
  ///  | PK 3 4 |needed| flags |method| time | date | crc32 |compressed|uncompressed| name |extra | name | extra |
  ///  |        |      |       |      |      |      |       |size      |size        |length|length|      |       |
  ///  +--------+------+-------+------+------+------+-------+----------+------------+------+------+------+-------+
  /// ```
  struct LocalHeader {
    static let size = 30
    private static let signature: UInt32 = 0x0403_4B50

    let flags: UInt16
    let method: UInt16
    let nameLength: Int
    let extraLength: Int

    /// Nil where the bytes do not begin with a local header.
    init?(parsing bytes: Span<UInt8>) {
      guard bytes.count >= Self.size, bytes.littleEndian(UInt32.self, at: 0) == Self.signature else {
        return nil
      }
      flags = bytes.littleEndian(UInt16.self, at: 6)
      method = bytes.littleEndian(UInt16.self, at: 8)
      nameLength = Int(bytes.littleEndian(UInt16.self, at: 26))
      extraLength = Int(bytes.littleEndian(UInt16.self, at: 28))
    }
  }

  /// Where the member's bytes lie in the file, compressed as they are.
  ///
  /// Reads the local header. Throws `unsupported` for an encrypted member, `damaged` where the local header is not the
  /// one that the directory describes or the bytes would run into what follows.
  package func dataRange(
    of entry: Entry, in source: some RandomReadable
  ) async throws(Failure) -> Range<UInt64> {
    guard !entry.isEncrypted else {
      throw Failure(.unsupported, "\"\(entry.name)\" is encrypted inside the ZIP file, which cannot be read.")
    }
    let name = Array(entry.name.utf8)
    let bytes = try await source.bytes(at: entry.headerOffset, count: LocalHeader.size + name.count)
    guard let header = LocalHeader(parsing: bytes.span) else {
      throw Self.lie(about: entry, "there is no header")
    }
    guard header.nameLength == name.count, bytes.dropFirst(LocalHeader.size).elementsEqual(name) else {
      throw Self.lie(about: entry, "its header has another name")
    }
    guard Method(number: header.method) == entry.method, header.flags & Entry.encryptedFlag == 0 else {
      throw Self.lie(about: entry, "its header has another method")
    }
    let start = entry.headerOffset + UInt64(bytes.count + header.extraLength)
    guard start <= entry.limit, entry.compressedSize <= entry.limit - start else {
      throw Self.lie(about: entry, "its \(entry.compressedSize) bytes run into what follows them")
    }
    return start..<start + entry.compressedSize
  }

  /// The member's plain bytes, readable at any offset; of a deflated one with its checkpoints and whoever looks at
  /// what is decoded.
  ///
  /// Throws what `dataRange` throws, and `unsupported` for a method other than stored and deflated.
  package func open(
    _ entry: Entry, in source: some RandomReadable, checkpoints: (any CheckpointStore)? = nil,
    observer: (any OutputObserver)? = nil, budget: DecoderBudget? = nil
  ) async throws(Failure) -> any RandomReadable {
    if case .other(let number) = entry.method {
      throw Failure(
        .unsupported, "\"\(entry.name)\" is compressed with ZIP's method \(number), which cannot be read.")
    }
    let data = try Window(of: source, await dataRange(of: entry, in: source))
    guard entry.method == .deflated else { return data }
    return DeflatedMember(
      DeflatedContent(
        name: entry.name, compressed: data, size: entry.uncompressedSize, crc32: entry.crc32),
      checkpoints: checkpoints, observer: observer, budget: budget)
  }

  private static func lie(
    about entry: Entry, _ what: String, file: StaticString = #fileID, line: UInt = #line
  ) -> Failure {
    Failure(
      .damaged,
      "The ZIP directory is wrong about \"\(entry.name)\" at \(entry.headerOffset): \(what).",
      file: file, line: line)
  }
}
