import FUSFSCore
import FuseBridge
import Primitives

/// Something that can be fetched into a cache.
protocol FetchSource: Sendable {
  /// How much of it is there now.
  func state() throws(Failure) -> FetchState
  /// Blocks until it is there.
  func fetch() throws(Failure)
}

/// A file or directory of a mount, which the mount fetches itself.
extension MountedPath: FetchSource {
  func state() throws(Failure) -> FetchState { try ask(.state) }
  func fetch() throws(Failure) { _ = try ask(.fetch) }
}

/// What this process fetches.
struct PackageSource: FetchSource {
  private let part: PackagePart?
  private let pool: WorkerPool

  /// Finds what the path stands for, which may have to ask the server, or to look into the package.
  init(_ path: ReleasePath, of client: Client) throws(Failure) {
    let tree = client.tree
    pool = client.pool
    part = try waitForResult(on: pool) { () async throws(Failure) -> PackagePart? in
      try await tree.packagePart(of: tree.node(at: path.path))
    }
  }

  func state() throws(Failure) -> FetchState { FetchState(part) }

  func fetch() throws(Failure) {
    guard let part else { return }
    try waitForResult(on: pool) { () async throws(Failure) in try await part.fetch() }
  }
}
