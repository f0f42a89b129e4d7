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
  /// The package as served.
  package let encrypted: CachedBinary
  package let binary: BinaryID

  private let cache: BlockCache
  private let pool: WorkerPool
  private let log: Log
  private let known = Locked<PackageContents?>(nil)
  private let opening: SingleFlight<Opening, PackageContents, Failure>

  /// There is one thing to open.
  private enum Opening { case contents }

  package init(
    identity: ReleaseIdentity, listing: ReleaseHistory.Release?, inform: BinaryInform, informReply: [UInt8],
    encrypted: CachedBinary, binary: BinaryID, cache: BlockCache, pool: WorkerPool, log: Log
  ) {
    self.identity = identity
    self.listing = listing
    self.inform = inform
    self.informReply = informReply
    self.encrypted = encrypted
    self.binary = binary
    self.cache = cache
    self.pool = pool
    self.log = log
    opening = SingleFlight(executor: pool)
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
      for problem in contents.directory.problems { self.log.write(.warning, "\(self.identity): \(problem)") }
      self.known.withLock { $0 = contents }
      return contents
    }
  }

  /// Opens the package; where its end is damaged, once more with that end fetched anew.
  private func openedContents() async throws(Failure) -> PackageContents {
    do throws(Failure) {
      return try await PackageContents.open(self, cache: cache, pool: pool)
    } catch {
      guard error.code == .damaged else { throw error }
      log.write(.warning, "\(identity): \(error.cause) The end of the package is fetched again.")
      cache.setFact(PackageTail.factName, of: binary, to: nil)
      encrypted.forget(encrypted.size - min(encrypted.size, PackageTail.longest)..<encrypted.size)
      return try await PackageContents.open(self, cache: cache, pool: pool)
    }
  }

  /// Whether the server answered for the version that was asked for.
  package var isAsAsked: Bool { inform.version == identity.version }

  /// When it was released, in seconds since the epoch: the reply's time, else the history's.
  package var modified: Int64? { inform.lastModified ?? listing?.openDate }

  /// `V(Android 15)`; empty if neither reply tells.
  package var osName: String { inform.osName.isEmpty ? listing?.osName ?? "" : inform.osName }

  package var cachedBytes: UInt64 { cache.cachedBytes(of: binary) }
}
