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
  let served: any RandomReadable
  package let binary: BinaryID

  let resources: ReleaseResources
  private let known = Locked<PackageContents?>(nil)
  private let refetched = Locked(false)
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
    served =
      if let crc32 = inform.crc32 {
        CheckedFile(encrypted, name: inform.binaryName, crc32: crc32) { isRight in
          resources.cache.setFact(Self.verifiedFact, of: binary, to: [isRight ? 1 : 0])
        }
      } else {
        encrypted
      }
    opening = SingleFlight(executor: resources.pool)
  }

  /// What is inside the package, if that has been found out.
  package var knownContents: PackageContents? { known.withLock { $0 } }

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
    known.withLock { known in
      let first = known ?? contents
      known = first
      return first
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

  /// The package is not what its checksum says: all of it is forgotten, so that the next read fetches it anew. Once:
  /// what is damaged again is damaged on the server.
  func foundDamaged() {
    let isFirst = refetched.withLock { isRefetched in
      defer { isRefetched = true }
      return !isRefetched
    }
    if isFirst { encrypted.forget(0..<encrypted.size) }
  }

  /// Whether the package was fetched anew because it was damaged: bytes that were read before may be wrong.
  var isRefetched: Bool { refetched.withLock { $0 } }

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
