package import Primitives

/// Walks a tar archive's headers; pure: it says which bytes it wants, and is fed with them.
///
/// ```
///  0
///  +-----------+-----------+--------+---------+--------+---------+ ... +-------+-------+ - - - - +-----------+
///  | extension | extension | header | content | header | content |     | zeros | zeros | padding | MD5 lines |
///  | header    | content   |        |         |        |         |     |       |       |         | if any    |
///  +-----------+-----------+--------+---------+--------+---------+ ... +-------+-------+ - - - - +-----------+
///   \________ one entry, any number of extensions ___/                   512     512
/// ```
/// Reads ustar, what is older, GNU's long names and wide numbers, and pax. One block of zeros at the end, or none, will
/// do. Memory is bounded whatever the archive claims, and so is the time for what it is fed.
package struct TarScanner: Sendable {
  package enum Ending: Sendable, Equatable {
    /// All was read; `end` is where the archive's last block of zeros ends, or its last content.
    case complete(end: UInt64)
    /// It could not go on, for this reason; what was found before stays.
    case damaged(Failure)
  }

  /// How far the scan is.
  struct Progress: Sendable, Equatable {
    /// Of the part that is read next.
    var position: UInt64 = 0
    /// Bytes wanted so far.
    var headerBytes: UInt64 = 0
    /// Entries so far, those among them that were left out.
    var members = 0
    /// What the archive says of all entries to come.
    var global = PaxRecords()
  }

  /// What was said of the next entry before its own header.
  struct Pending: Sendable, Equatable {
    var isEmpty = true
    var longName: [UInt8]?
    /// With those of the whole archive.
    var records: PaxRecords?
  }

  enum Extension: Sendable { case longName, records, globalRecords }

  /// What is read next.
  enum Part: Sendable {
    case header
    /// After a block of zeros: another one should follow.
    case secondZeros
    /// More of the map that follows the header of one of GNU tar's sparse files.
    case sparseMap(TarHeader)
    case content(Extension, size: UInt64)

    /// In bytes.
    var size: UInt64 {
      if case .content(_, let size) = self { size } else { UInt64(TarHeader.size) }
    }
  }

  static let mostEntries = 65_536
  static let mostProblems = 100
  /// Bytes of all headers together, extension headers' content included: some 4 KiB for each of the most entries.
  static let mostHeaderBytes: UInt64 = 256 << 20
  /// Bytes of one extension header's content.
  static let largestExtension: UInt64 = 1 << 20

  /// Of the whole file, in bytes.
  let size: UInt64
  package internal(set) var entries: [TarEntry] = []
  package internal(set) var ending: Ending?
  var omissions = Omissions(most: TarScanner.mostProblems)
  var names = TarNames()
  /// Before the first header of the entry that is being read: from here a scan can go on later.
  var committed = Progress()
  var current = Progress()
  var pending = Pending()
  private var part = Part.header
  /// The first bytes of the part, as far as they have come.
  private var gathered: [UInt8] = []

  /// - Parameter size: of the whole file in bytes, MD5 lines included.
  package init(size: UInt64) {
    self.size = size
    expect(.header, at: 0)
  }

  /// Sentences about entries that were left out, at most 100 and one that says how many more.
  package var problems: [String] { omissions.told(of: "tar entries") }

  /// The bytes that it needs next, 1 MiB at most; nil once it has ended.
  package var wanted: Range<UInt64>? {
    guard ending == nil else { return nil }
    return current.position + UInt64(gathered.count)..<current.position + part.size
  }

  /// Takes of the file's bytes from `offset` on what it wants, and what it wants thereafter; ignores the rest.
  package mutating func feed(_ bytes: RawSpan, at offset: UInt64) {
    while let wanted, offset <= wanted.lowerBound,
      wanted.lowerBound - offset < UInt64(bytes.byteCount)
    {
      let start = Int(wanted.lowerBound - offset)
      let count = min(bytes.byteCount - start, Int(wanted.upperBound - wanted.lowerBound))
      unsafe bytes.extracting(start..<start + count).withUnsafeBytes {
        unsafe gathered.append(contentsOf: $0)
      }
      if UInt64(gathered.count) == part.size { takePart() }
    }
  }

  private mutating func takePart() {
    let bytes = gathered
    gathered = []
    let next = current.position + part.size
    switch part {
    case .header:
      takeHeader(bytes.span)
    case .secondZeros where TarHeader(parsing: bytes.span) != nil:
      end(damagedAt: current.position, "a header follows a block of zeros, which is the end")
    case .secondZeros:
      ending = .complete(end: TarHeader.isZero(bytes.span) ? next : current.position)
    case .sparseMap(let header) where TarHeader.sparseMapGoesOn(bytes.span):
      expect(.sparseMap(header), at: next)
    case .sparseMap(let header):
      takeMember(header, contentAt: next)
    case .content(let kind, _):
      takeExtension(kind, bytes)
    }
  }

  /// Goes on with the part at `position`, which is not behind the file's end; or ends, where the file does.
  mutating func expect(_ part: Part, at position: UInt64) {
    self.part = part
    current.position = position
    let available = size - position
    switch part {
    case .header where available == 0 && pending.isEmpty:
      ending = .complete(end: position)
      return
    case .secondZeros where available < part.size:
      ending = .complete(end: position)
      return
    default: break
    }
    guard part.size <= available else {
      return end(damagedAt: position, "the file ends at \(size), where a header or its content should be")
    }
    current.headerBytes += part.size
    if current.headerBytes > Self.mostHeaderBytes {
      end(damagedAt: position, "its headers take more than \(Self.mostHeaderBytes) bytes")
    }
  }

  mutating func end(
    damagedAt offset: UInt64, _ words: String, file: StaticString = #fileID, line: UInt = #line
  ) {
    ending = .damaged(
      Failure(.damaged, "The tar archive is damaged at \(offset): \(words).", file: file, line: line))
  }
}
