import FUSNet
package import FirmwareFormats
package import Primitives

/// A package opened with its key: the plain ZIP and its members.
package final class PackageContents: Sendable {
  /// The plain package.
  package let archive: any RandomReadable
  package let directory: ZIPArchive

  private let entries: [String: ZIPArchive.Entry]
  private let encrypted: CachedBinary
  private let members = Locked<[String: OpenMember]>([:])
  private let opening: SingleFlight<String, any RandomReadable, Failure>

  private init(
    archive: any RandomReadable, directory: ZIPArchive, encrypted: CachedBinary, pool: WorkerPool
  ) {
    self.archive = archive
    self.encrypted = encrypted
    self.directory = directory
    entries = Dictionary(directory.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    opening = SingleFlight(executor: pool)
  }

  /// Opens the release's package through what an earlier mount has kept of its end, else by reading that end.
  static func open(
    _ release: Release, cache: BlockCache, pool: WorkerPool
  ) async throws(Failure) -> PackageContents {
    let kept = cache.fact(PackageTail.factName, of: release.binary).flatMap(PackageTail.init(serialized:))
    if let kept, let archive = try? await plain(release, size: kept.plainSize),
      archive.size == kept.plainSize,
      let directory = try? await ZIPArchive.read(from: TailedFile(archive, tail: kept))
    {
      return PackageContents(
        archive: archive, directory: directory, encrypted: release.encrypted, pool: pool)
    }
    // All that is read here of the end comes with one request.
    let ciphered = release.encrypted
    let end = min(ciphered.size, PackageTail.longest)
    _ = try await ciphered.bytes(at: ciphered.size - end, count: Int(end))
    let archive = try await plain(release, size: nil)
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
    cache.setFact(
      PackageTail.factName, of: release.binary,
      to: PackageTail(plainSize: archive.size, bytes: tail).serialized)
    return PackageContents(
      archive: archive, directory: directory, encrypted: release.encrypted, pool: pool)
  }

  /// The plain package; its size is found out from the padding where it is not given.
  private static func plain(_ release: Release, size: UInt64?) async throws(Failure) -> any RandomReadable {
    let identity = release.identity
    let source = release.encrypted
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
      throw Failure(error.code, "\(identity): \(error.cause)", cure: error.cure)
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
        return try await self.directory.open(entry, in: self.archive)
      } catch {
        guard error.code == .damaged else { throw error }
        // The header before the member's bytes may have come damaged: once more, fetched anew.
        let end = min(self.encrypted.size, entry.headerOffset + Self.longestHeader)
        self.encrypted.forget(entry.headerOffset..<max(entry.headerOffset, end))
        return try await self.directory.open(entry, in: self.archive)
      }
    }
    // Of several that opened it at once, the first one's is kept.
    return members.withLock { members in members[name, default: OpenMember(content: content)].opened() }
  }

  /// The member's content does not decode, or not to its checksum: what is kept of it is forgotten, so that the next
  /// read fetches it anew. Once a member: what is damaged again is damaged on the server.
  package func foundDamaged(member name: String) {
    let isFirst = members.withLock { members in
      guard members[name]?.isRefetched == false else { return false }
      members[name]?.isRefetched = true
      return true
    }
    guard isFirst, let entry = entry(named: name) else { return }
    let end = min(encrypted.size, entry.headerOffset + Self.longestHeader + entry.compressedSize)
    encrypted.forget(entry.headerOffset..<max(entry.headerOffset, end))
    (members.withLock { $0[name]?.content } as? DeflatedMember)?.releaseMemory()
  }

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
