package import FUSNet
import FirmwareFormats
package import Primitives

/// One release: what the server said of it, its bytes as served, and what the key opens.
///
/// A release never changes. What is inside the package is known once its tail has been read, by the first question
/// that needs it.
package final class Release: Sendable {
  package let identity: ReleaseIdentity
  package let inform: BinaryInform
  /// What the history says of it; nil if it was not in one.
  package let listing: ReleaseHistory.Release?
  /// The server's reply as it came, device numbers left out.
  package let informReply: [UInt8]
  /// Whether the server has contradicted its reply.
  private let isInDoubt: Bool
  /// The package as served.
  package let encrypted: CachedBinary
  /// The same for whoever reads the package itself: its checksum is checked on the way.
  var served: any RandomReadable { checked.withLock { $0 } ?? encrypted }
  /// The same where the server gives a checksum; another one after each change, for those who open it then.
  private let checked: Locked<CheckedFile?>
  package let binary: BinaryID

  let resources: ReleaseResources
  private struct Known {
    var contents: PackageContents?
    /// What was fetched before the contents were known, and what lies between.
    var fetched: Range<UInt64>?
  }
  private let known = Locked(Known())
  private let refetchLimit = Locked(RefetchLimit())
  private let opening: SingleFlight<Opening, PackageContents, Failure>

  /// There is one thing to open.
  private enum Opening { case contents }

  init(
    identity: ReleaseIdentity, listing: ReleaseHistory.Release?, inform: BinaryInform, informReply: [UInt8],
    isInDoubt: Bool, encrypted: CachedBinary, binary: BinaryID, resources: ReleaseResources
  ) {
    self.identity = identity
    self.listing = listing
    self.inform = inform
    self.informReply = informReply
    self.isInDoubt = isInDoubt
    self.encrypted = encrypted
    self.binary = binary
    self.resources = resources
    checked = Locked(Self.checked(encrypted, inform, binary, resources))
    opening = SingleFlight(executor: resources.pool)
  }

  /// What is inside the package, if that has been found out.
  package var knownContents: PackageContents? { known.withLock { $0.contents } }

  /// Where the server has the package.
  var remote: RemoteBinary { inform.remoteBinary(region: identity.region) }

  /// Tells its files from those of another package, or of another place, under the same names.
  var edition: String { "\(binary.number) \(remote.path)" }

  /// What is inside the package; the first call reads its tail.
  ///
  /// A wrong key is noticed here, before a byte is exposed: `Failure.Code.damaged`.
  package func contents() async throws(Failure) -> PackageContents {
    if let contents = knownContents { return contents }
    return try await opening.join(.contents) { () async throws(Failure) in
      if let contents = self.knownContents { return contents }
      let contents = try await self.openedContents()
      for problem in contents.directory.problems {
        self.resources.log.write(.warning, "\(self.identity): \(problem)")
      }
      return self.remembered(contents)
    }
  }

  /// The plain package, its checksum being checked by whoever reads all of it.
  func package() async throws(Failure) -> any RandomReadable {
    try await PackageContents.package(of: self, size: contents().archive.size)
  }

  /// What is inside the package, if that is known to this mount or an earlier one: nothing is asked of the server.
  func keptContents() async -> PackageContents? {
    if let contents = knownContents { return contents }
    guard let kept = await PackageContents.openKept(self, resources: resources) else { return nil }
    return remembered(kept)
  }

  /// The contents, or those of whoever opened the package at the same time and was first.
  private func remembered(_ contents: PackageContents) -> PackageContents {
    let (first, fetched) = known.withLock { known in
      let first = known.contents ?? contents
      defer { known.fetched = nil }
      known.contents = first
      return (first, known.fetched)
    }
    if let fetched { first.willFetch(fetched) }
    return first
  }

  /// Blocks are asked of the server of which nothing was seen by this mount: what an earlier one found of them does not
  /// hold.
  func willFetch(_ blocks: Range<UInt32>) {
    let bytes = encrypted.target.grid.bytes(ofBlocks: blocks)
    resources.cache.setFact(Self.verifiedFact, of: binary, to: nil)
    let contents = known.withLock { known in
      if known.contents == nil { known.fetched = known.fetched?.extended(to: bytes) ?? bytes }
      return known.contents
    }
    contents?.willFetch(bytes)
  }

  /// Blocks have been forgotten or have changed: what was made of them is not used any more, and found out anew.
  func changed(_ blocks: Range<UInt32>) {
    resources.cache.setFact(Self.verifiedFact, of: binary, to: nil)
    checked.withLock { $0 = Self.checked(encrypted, inform, binary, resources) }
    knownContents?.changed(encrypted.target.grid.bytes(ofBlocks: blocks))
  }

  private static func checked(
    _ encrypted: CachedBinary, _ inform: BinaryInform, _ binary: BinaryID, _ resources: ReleaseResources
  ) -> CheckedFile? {
    inform.crc32.map { crc32 in
      CheckedFile(encrypted, name: inform.binaryName, crc32: crc32) { isRight in
        resources.cache.setFact(verifiedFact, of: binary, to: [isRight ? 1 : 0])
      }
    }
  }

  /// Opens the package; where its end is damaged, once more with that end fetched anew.
  private func openedContents() async throws(Failure) -> PackageContents {
    do throws(Failure) {
      return try await PackageContents.open(self, resources: resources)
    } catch {
      guard error.code == .damaged else { throw error }
      resources.log.write(.warning, "\(identity): \(error.cause) The end of the package is fetched again.")
      resources.cache.setFact(PackageTail.factName, of: binary, to: nil)
      encrypted.forget(encrypted.size - min(encrypted.size, PackageTail.longest)..<encrypted.size)
      return try await PackageContents.open(self, resources: resources)
    }
  }

  private static let verifiedFact = "verified"

  /// Whether the package's checksum was right when all of it was read; nil where it never was.
  var isVerified: Bool? { resources.cache.fact(Self.verifiedFact, of: binary).map { $0 == [1] } }

  /// The package is not what its checksum says: all of it is forgotten, so that the next read fetches it anew;
  /// not again within `RefetchLimit`.
  func foundDamaged() {
    let now = resources.now()
    if refetchLimit.withLock({ $0.allows(at: now) }) { encrypted.forget(0..<encrypted.size) }
    resources.cache.setFact(Self.verifiedFact, of: binary, to: [0])
  }

  /// Whether the server answered for the version that was asked for.
  package var isAsAsked: Bool { inform.version == identity.version }

  /// Whether what the server said of it is what it was asked for, and is not in doubt.
  var isCertain: Bool { isAsAsked && !isInDoubt }

  /// When it was released, in seconds since the epoch: the reply's time, else the history's.
  package var modified: Int64? { inform.lastModified ?? listing?.openDate }

  /// `V(Android 15)`; empty if neither reply tells.
  package var osName: String { inform.osName.isEmpty ? listing?.osName ?? "" : inform.osName }

  package var cachedBytes: UInt64 { resources.cache.cachedBytes(of: binary) }
}

extension Range<UInt64> {
  /// What reaches from the lower of both beginnings to the higher of both ends.
  fileprivate func extended(to other: Range<UInt64>) -> Range<UInt64> {
    Swift.min(lowerBound, other.lowerBound)..<Swift.max(upperBound, other.upperBound)
  }
}
