import FUSNet
package import FirmwareFormats
package import Primitives

/// A package opened with its key: the plain ZIP and its members.
package final class PackageContents: Sendable {
  /// The plain package.
  package let archive: any RandomReadable
  package let directory: ZIPArchive

  private let entries: [String: ZIPArchive.Entry]
  /// Where each member stands in the package, its header included.
  private let places: [(name: String, bytes: Range<UInt64>)]
  private let binary: BinaryID
  private let encrypted: CachedBinary
  private let resources: ReleaseResources
  private let members = Locked<[String: OpenMember]>([:])
  private let opening: SingleFlight<String, any RandomReadable, Failure>
  private let insides = Locked<[String: MemberInside]>([:])

  private init(
    archive: any RandomReadable, directory: ZIPArchive, of release: Release, resources: ReleaseResources
  ) {
    self.archive = archive
    self.directory = directory
    self.resources = resources
    binary = release.binary
    encrypted = release.encrypted
    entries = Dictionary(directory.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    places = directory.entries.map { ($0.name, $0.headerOffset..<max($0.headerOffset, $0.limit)) }
    opening = SingleFlight(executor: resources.pool)
  }

  /// Opens the release's package through what an earlier mount has kept of its end; nil where nothing is kept.
  static func openKept(_ release: Release, resources: ReleaseResources) async -> PackageContents? {
    let fact = resources.cache.fact(PackageTail.factName, of: release.binary)
    guard let kept = fact.flatMap(PackageTail.init(serialized:)),
      let archive = try? await plain(release, release.encrypted, size: kept.plainSize),
      archive.size == kept.plainSize,
      let directory = try? await ZIPArchive.read(from: TailedFile(archive, tail: kept))
    else { return nil }
    return PackageContents(archive: archive, directory: directory, of: release, resources: resources)
  }

  /// The same, or by reading that end.
  static func open(
    _ release: Release, resources: ReleaseResources
  ) async throws(Failure) -> PackageContents {
    if let kept = await openKept(release, resources: resources) { return kept }
    // All that is read here of the end comes with one request.
    let ciphered = release.encrypted
    let end = min(ciphered.size, PackageTail.longest)
    _ = try await ciphered.bytes(at: ciphered.size - end, count: Int(end))
    let archive = try await plain(release, release.encrypted, size: nil)
    let directory: ZIPArchive
    do throws(Failure) {
      directory = try await ZIPArchive.read(from: archive)
    } catch {
      guard error.code == .damaged else { throw error }
      throw Failure(
        .damaged,
        "\(release.identity): the package does not end like a ZIP; its key may be wrong. \(error.cause)")
    }
    let length = min(archive.size, PackageTail.longest)
    let tail = try await archive.bytes(at: archive.size - length, count: Int(length))
    resources.cache.setFact(
      PackageTail.factName, of: release.binary,
      to: PackageTail(plainSize: archive.size, bytes: tail).serialized)
    return PackageContents(archive: archive, directory: directory, of: release, resources: resources)
  }

  /// The plain package for whoever reads it as a file: the checksum of what is served is checked on the way.
  static func package(of release: Release, size: UInt64) async throws(Failure) -> any RandomReadable {
    let served = release.served
    // Where the last 16 bytes are padding alone nobody asks for them otherwise.
    let end = min(served.size, UInt64(ElectronicCodebook.blockSize))
    _ = try await served.bytes(at: served.size - end, count: Int(end))
    return try await plain(release, served, size: size)
  }

  /// The plain package; its size is found out from the padding where it is not given.
  private static func plain(
    _ release: Release, _ source: any RandomReadable, size: UInt64?
  ) async throws(Failure) -> any RandomReadable {
    let identity = release.identity
    guard let key = try release.inform.contentKey(model: identity.model, region: identity.region) else {
      return source
    }
    let codebook = ElectronicCodebook(key: key)
    if let size, size < source.size, source.size - size <= 16 {
      return DecryptedFile(source, codebook: codebook, size: size)
    }
    do throws(Failure) {
      let size = try await DecryptedFile.plainSize(of: source, codebook: codebook)
      return DecryptedFile(source, codebook: codebook, size: size)
    } catch {
      throw error.about("\(identity)")
    }
  }

  package func entry(named name: String) -> ZIPArchive.Entry? { entries[name] }

  /// The member's plain bytes, for one opening more; all who read it share its decoders.
  ///
  /// Each call is paired with one of `close(member:)`.
  package func open(member name: String) async throws(Failure) -> any RandomReadable {
    if let content = members.withLock({ $0[name]?.opened() }) { return content }
    let content = try await opening.join(name) { () async throws(Failure) in
      guard let entry = self.entry(named: name) else {
        throw Failure(.notFound, "The package has no member \(name).")
      }
      do throws(Failure) {
        return try await self.opened(entry)
      } catch {
        guard error.code == .damaged else { throw error }
        // The header before the member's bytes may have come damaged: once more, fetched anew.
        let end = min(self.encrypted.size, entry.headerOffset + Self.longestHeader)
        self.encrypted.forget(entry.headerOffset..<max(entry.headerOffset, end))
        return try await self.opened(entry)
      }
    }
    // Of several that opened it at once, the first one's is kept.
    return members.withLock { members in members[name, default: OpenMember(content: content)].opened() }
  }

  private func opened(_ entry: ZIPArchive.Entry) async throws(Failure) -> any RandomReadable {
    let knowledge = knowledge(ofMember: entry.name)
    let observer: any OutputObserver =
      inside(ofMember: entry.name)?.outline
      ?? VerifiedMember(knowledge: knowledge, lines: LineCheck(of: entry, knowledge, log: resources.log))
    guard entry.method == .deflated else {
      let stored = try await directory.open(entry, in: archive)
      return CheckedFile(stored, name: entry.name, crc32: entry.crc32, observer: observer) {
        if !$0 { knowledge.keep(isVerified: false) }
      }
    }
    return try await directory.open(
      entry, in: archive, checkpoints: knowledge.checkpoints(), observer: observer,
      budget: resources.decoders)
  }

  func knowledge(ofMember name: String) -> MemberKnowledge {
    MemberKnowledge(of: name, in: binary, cache: resources.cache)
  }

  /// The inside of a member that is a tar and has a directory of its own; nil for all others.
  func inside(ofMember name: String) -> MemberInside? {
    if let inside = insides.withLock({ $0[name] }) { return inside }
    guard let entry = entry(named: name),
      let folder = InnerNames.folders(of: directory.entries.map(\.name)).first(where: { $0.member == name })?
        .folder
    else { return nil }
    let inside = MemberInside(of: entry, folder: folder, contents: self, resources: resources)
    // Of two made at once the first is kept.
    return insides.withLock { insides in
      let first = insides[name] ?? inside
      insides[name] = first
      return first
    }
  }

  /// Keeps what was learnt of the members' insides since the last time.
  func keep() {
    for inside in insides.withLock({ Array($0.values) }) { inside.keep() }
  }

  /// The member's content does not decode, or not to its checksum: what is kept of it is forgotten, so that the next
  /// read fetches it anew. Once a member: what is damaged again is damaged on the server.
  package func foundDamaged(member name: String) {
    let knowledge = knowledge(ofMember: name)
    let isFirst = members.withLock { members in
      guard members[name]?.isRefetched == false else { return false }
      members[name]?.isRefetched = true
      return true
    }
    defer { knowledge.keep(isVerified: false) }
    guard isFirst, let entry = entry(named: name) else { return }
    let end = min(encrypted.size, entry.headerOffset + Self.longestHeader + entry.compressedSize)
    // First the bytes and then what was learnt of them, which nobody is to learn anew from the same bytes.
    encrypted.forget(entry.headerOffset..<max(entry.headerOffset, end))
    (members.withLock { $0[name]?.content } as? DeflatedMember)?.releaseMemory()
    if let inside = inside(ofMember: name) { inside.removeAll() } else { knowledge.checkpoints().removeAll() }
  }

  /// What the member holds makes no sense. If its checksum was right that is what was published, and stays; then the
  /// file inside that was read, shown at `path`, is noted as wrong by itself.
  func foundDamaged(insideMember name: String, shownAs path: String?) {
    let knowledge = knowledge(ofMember: name)
    guard knowledge.isVerified == true else { return foundDamaged(member: name) }
    if let path { knowledge.keep(.verified, ofEntry: path, [0]) }
  }

  /// Some of the package is asked of the server: what was found of the bytes that were there before does not hold for them.
  ///
  /// - Parameter isAgain: whether readers were given some of it before.
  func willFetch(_ bytes: Range<UInt64>, isAgain: Bool) {
    for place in places where place.bytes.overlaps(bytes) {
      knowledge(ofMember: place.name).keep(isVerified: nil)
      guard isAgain else { continue }
      let content = members.withLock { $0[place.name]?.content }
      (content as? CheckedFile)?.beginAnew()
      (content as? DeflatedMember)?.beginAnew()
    }
  }

  /// Whether the member was fetched anew because it was damaged: bytes that were read before may be wrong.
  func isRefetched(member name: String) -> Bool { members.withLock { $0[name]?.isRefetched ?? false } }

  /// Of a member's header with its name and extra fields, in bytes.
  private static let longestHeader: UInt64 = 30 + 2 * 65_535

  /// Gives the decoders' memory back when nobody has the member open.
  package func close(member name: String) {
    let idle = members.withLock { $0[name]?.closed() } ?? nil
    (idle as? DeflatedMember)?.releaseMemory()
  }

  private struct OpenMember {
    let content: any RandomReadable
    var isRefetched = false
    private var openings = 0

    init(content: any RandomReadable) {
      self.content = content
    }

    mutating func opened() -> any RandomReadable {
      openings += 1
      return content
    }

    /// The content, if that was the last opening.
    mutating func closed() -> (any RandomReadable)? {
      openings -= 1
      return openings == 0 ? content : nil
    }
  }
}

/// Notes that a member without a directory of its own was read to its end.
private struct VerifiedMember: OutputObserver {
  let knowledge: MemberKnowledge
  let lines: LineCheck

  func decoded(_ bytes: RawSpan, at offset: UInt64) { lines.feed(bytes, at: offset) }
  func boundary(after offset: UInt64) -> UInt64? { nil }
  func verified() { knowledge.keep(isVerified: true) }
}
