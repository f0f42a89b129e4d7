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
  let places: [(name: String, bytes: Range<UInt64>)]
  private let binary: BinaryID
  let encrypted: CachedBinary
  let resources: ReleaseResources
  let members = Locked<[String: OpenMember]>([:])
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
      throw error.about(
        "\(release.identity): the key may be wrong, since the package does not end like a ZIP")
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
    if let content = members.withLock({ $0[name]?.opened() ?? nil }) { return content }
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
    return members.withLock { members in members[name, default: OpenMember()].opened(content) }
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

  /// Of a member's header with its name and extra fields, in bytes.
  static let longestHeader: UInt64 = 30 + 2 * 65_535

  /// Gives the decoders' memory back when nobody has the member open.
  package func close(member name: String) {
    let idle = members.withLock { $0[name]?.closed() } ?? nil
    (idle as? DeflatedMember)?.releaseMemory()
  }

  struct OpenMember {
    /// For all who open it; nil once it is not to be used any more.
    private var content: (any RandomReadable)?
    var refetchLimit = RefetchLimit()
    private var openings = 0

    /// The content for one opening more, if there is one.
    mutating func opened() -> (any RandomReadable)? {
      if content != nil { openings += 1 }
      return content
    }

    /// The same; if there is none it is this one from now on.
    mutating func opened(_ new: any RandomReadable) -> any RandomReadable {
      openings += 1
      let content = content ?? new
      self.content = content
      return content
    }

    /// The content, if that was the last opening.
    mutating func closed() -> (any RandomReadable)? {
      openings -= 1
      return openings == 0 ? content : nil
    }

    /// Takes the content from those who open the member later.
    mutating func takeContent() -> (any RandomReadable)? { content.take() }
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
