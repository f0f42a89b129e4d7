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
  private let known = Locked<PackageContents?>(nil)
  private let opening: SingleFlight<Opening, PackageContents, Failure>

  /// There is one thing to open.
  private enum Opening { case contents }

  package init(
    identity: ReleaseIdentity, listing: ReleaseHistory.Release?, inform: BinaryInform, informReply: [UInt8],
    encrypted: CachedBinary, binary: BinaryID, cache: BlockCache, pool: WorkerPool
  ) {
    self.identity = identity
    self.listing = listing
    self.inform = inform
    self.informReply = informReply
    self.encrypted = encrypted
    self.binary = binary
    self.cache = cache
    self.pool = pool
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
      let contents = try await PackageContents.open(self, cache: self.cache, pool: self.pool)
      self.known.withLock { $0 = contents }
      return contents
    }
  }

  /// When it was released, in seconds since the epoch: the reply's time, else the history's.
  package var modified: Int64? { inform.lastModified ?? listing?.openDate }

  /// `V(Android 15)`; empty if neither reply tells.
  package var osName: String { inform.osName.isEmpty ? listing?.osName ?? "" : inform.osName }

  package var cachedBytes: UInt64 { cache.cachedBytes(of: binary) }
}
