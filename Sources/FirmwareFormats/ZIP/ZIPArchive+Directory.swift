import Primitives

extension ZIPArchive {
  /// One header of the central directory.
  ///
  /// ```
  ///  0        4      6      8       10     12     14     16      20         24           28     30
  ///  +--------+------+------+-------+------+------+------+-------+----------+------------+------+
  ///  | PK 1 2 | made |needed| flags |method| time | date | crc32 |compressed|uncompressed| name |
  ///  |        | by   |      |       |      |      |      |       |size      |size        |length|
  ///  +--------+------+------+-------+------+------+------+-------+----------+------------+------+
  ///  30       32      34     36         38         42       46
  ///  +--------+-------+------+----------+----------+--------+------+-------+---------+
  ///  | extra  |comment| disk | internal | external | header | name | extra | comment |
  ///  | length |length |      |attributes|attributes| offset |      |       |         |
  ///  +--------+-------+------+----------+----------+--------+------+-------+---------+
  /// ```
  struct DirectoryHeader {
    static let size = 46
    private static let signature: UInt32 = 0x0201_4B50

    let flags: UInt16
    let method: UInt16
    let time: UInt16
    let date: UInt16
    let crc32: UInt32
    var compressedSize: UInt64
    var uncompressedSize: UInt64
    var offset: UInt64
    let name: [UInt8]
    /// The header with its name, extra fields and comment.
    let length: Int
    /// Why the sizes and the offset cannot be known, if so.
    private(set) var fault: String?

    /// Nil where no whole header stands at `index`.
    init?(parsing bytes: Span<UInt8>, at index: Int) {
      guard bytes.count - index >= Self.size, bytes.littleEndian(UInt32.self, at: index) == Self.signature
      else { return nil }
      let nameLength = Int(bytes.littleEndian(UInt16.self, at: index + 28))
      let extraLength = Int(bytes.littleEndian(UInt16.self, at: index + 30))
      length = Self.size + nameLength + extraLength + Int(bytes.littleEndian(UInt16.self, at: index + 32))
      guard bytes.count - index >= length else { return nil }
      flags = bytes.littleEndian(UInt16.self, at: index + 8)
      method = bytes.littleEndian(UInt16.self, at: index + 10)
      time = bytes.littleEndian(UInt16.self, at: index + 12)
      date = bytes.littleEndian(UInt16.self, at: index + 14)
      crc32 = bytes.littleEndian(UInt32.self, at: index + 16)
      compressedSize = UInt64(bytes.littleEndian(UInt32.self, at: index + 20))
      uncompressedSize = UInt64(bytes.littleEndian(UInt32.self, at: index + 24))
      offset = UInt64(bytes.littleEndian(UInt32.self, at: index + 42))
      let nameStart = index + Self.size
      name = (nameStart..<nameStart + nameLength).map { bytes[$0] }
      let extraStart = nameStart + nameLength
      applyWideFields(bytes.extracting(extraStart..<extraStart + extraLength))
    }

    /// Takes the fields whose 32 bits are all set from the ZIP64 extra field, if there is one.
    ///
    /// ```
    ///  0    2        4              12           20        28
    ///  +----+--------+--------------+------------+---------+------+
    ///  | 1  | length | uncompressed | compressed | header  | disk |   only those whose narrow
    ///  |    |        | size         | size       | offset  |      |   field has all bits set
    ///  +----+--------+--------------+------------+---------+------+
    /// ```
    private mutating func applyWideFields(_ extra: Span<UInt8>) {
      var index = 0
      while extra.count - index >= 4 {
        let end = index + 4 + Int(extra.littleEndian(UInt16.self, at: index + 2))
        guard end <= extra.count else {
          fault = "its extra fields are cut off"
          return
        }
        guard extra.littleEndian(UInt16.self, at: index) == 1 else {
          index = end
          continue
        }
        var position = index + 4
        let narrowMaximum = UInt64(UInt32.max)
        for field in [\Self.uncompressedSize, \.compressedSize, \.offset]
        where self[keyPath: field] == narrowMaximum {
          guard end - position >= 8 else {
            fault = "its ZIP64 field is too short"
            return
          }
          self[keyPath: field] = extra.littleEndian(UInt64.self, at: position)
          position += 8
        }
        return
      }
    }
  }

  /// The entries of a directory's bytes; pure.
  ///
  /// Throws `damaged` where the headers do not follow each other as they must. An entry that cannot be shown as a file
  /// is left out and said in `problems`.
  init(parsing directory: [UInt8], of extent: DirectoryExtent) throws(Failure) {
    var headers: [DirectoryHeader] = []
    headers.reserveCapacity(extent.entries)
    let bytes = directory.span
    var index = 0
    while headers.count < extent.entries {
      guard let header = DirectoryHeader(parsing: bytes, at: index) else {
        throw Failure(
          .damaged,
          "The ZIP directory is damaged at \(extent.start + UInt64(index)), entry \(headers.count + 1) of \(extent.entries)."
        )
      }
      headers.append(header)
      index += header.length
    }
    guard DirectoryHeader(parsing: bytes, at: index) == nil else {
      throw Failure(.damaged, "The ZIP directory has more than the \(extent.entries) entries that it claims.")
    }
    self.init(headers, in: extent)
  }

  private init(_ headers: [DirectoryHeader], in extent: DirectoryExtent) {
    let limits = Self.limits(of: headers, in: extent)
    var entries: [Entry] = []
    var omissions = Omissions(most: Self.mostProblems)
    var names: Set<String> = []
    for (header, limit) in zip(headers, limits) {
      guard let fault = Self.fault(of: header, in: extent, limit: limit, names: &names) else {
        entries.append(Entry(header, prefix: extent.prefix, limit: limit))
        continue
      }
      omissions.add("The ZIP entry \"\(EntryName.printable(header.name))\" is left out: \(fault).")
    }
    self.entries = entries
    problems = omissions.told(of: "ZIP entries")
  }

  /// Why the entry cannot be shown, or nil. The first of a name wins; two ways to write the same letters are one name.
  private static func fault(
    of header: DirectoryHeader, in extent: DirectoryExtent, limit: UInt64, names: inout Set<String>
  ) -> String? {
    if let fault = EntryName.fault(in: header.name) { return fault }
    if let fault = header.fault { return fault }
    let archiveSize = extent.start - extent.prefix
    let smallest = UInt64(LocalHeader.size + header.name.count)
    let end = header.offset.addingReportingOverflow(smallest)
    let dataEnd = end.partialValue.addingReportingOverflow(header.compressedSize)
    guard !end.overflow, !dataEnd.overflow, dataEnd.partialValue <= archiveSize else {
      return "its \(header.compressedSize) bytes at \(header.offset) do not lie before the directory"
    }
    guard dataEnd.partialValue + extent.prefix <= limit else {
      return "its \(header.compressedSize) bytes at \(header.offset) run into another entry"
    }
    if let fault = Self.sizeFault(of: header) { return fault }
    let name = String(decoding: header.name, as: UTF8.self)
    return names.insert(name).inserted ? nil : "another one before it has the same name"
  }

  /// Two bits of deflate give 258 bytes at most, so one byte gives at most 1032.
  private static func sizeFault(of header: DirectoryHeader) -> String? {
    let sizes = "it claims \(header.uncompressedSize) bytes out of \(header.compressedSize)"
    switch Method(number: header.method) {
    case .stored where header.flags & Entry.encryptedFlag == 0:
      return header.uncompressedSize == header.compressedSize ? nil : "\(sizes), but is stored as it is"
    case .deflated:
      return header.uncompressedSize / 1032 <= header.compressedSize
        ? nil : "\(sizes), more than deflate can give"
    default:
      return nil
    }
  }

  /// For each entry where in the file the next one's header or the directory begins.
  private static func limits(of headers: [DirectoryHeader], in extent: DirectoryExtent) -> [UInt64] {
    let archiveSize = extent.start - extent.prefix
    let order = headers.indices.filter { headers[$0].offset < archiveSize }
      .sorted { (headers[$0].offset, $0) < (headers[$1].offset, $1) }
    var limits = [UInt64](repeating: extent.start, count: headers.count)
    for (entry, next) in zip(order, order.dropFirst()) {
      limits[entry] = headers[next].offset + extent.prefix
    }
    return limits
  }
}

extension ZIPArchive.Entry {
  static let encryptedFlag: UInt16 = 1 << 0
  private static let dataDescriptorFlag: UInt16 = 1 << 3

  /// A header that was found without fault.
  fileprivate init(_ header: ZIPArchive.DirectoryHeader, prefix: UInt64, limit: UInt64) {
    name = String(decoding: header.name, as: UTF8.self)
    method = .init(number: header.method)
    isEncrypted = header.flags & Self.encryptedFlag != 0
    hasDataDescriptor = header.flags & Self.dataDescriptorFlag != 0
    compressedSize = header.compressedSize
    uncompressedSize = header.uncompressedSize
    crc32 = header.crc32
    modificationTime = DOSTime.secondsSinceEpoch(date: header.date, time: header.time)
    headerOffset = header.offset + prefix
    self.limit = limit
  }
}
