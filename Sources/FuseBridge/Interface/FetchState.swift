package import Primitives

/// How much of what a file or directory is made of can be read without waiting for the network.
package struct FetchState: Sendable, Equatable {
  /// Bytes that it is made of, as the server has them.
  package let size: UInt64
  /// Of these, bytes that are there.
  package let cached: UInt64

  package init(size: UInt64, cached: UInt64) {
    self.size = size
    self.cached = cached
  }
}

/// A tree that is all at hand has nothing to be fetched.
extension FileSystem {
  package func fetchState(of node: Node) async throws(Failure) -> FetchState {
    FetchState(size: 0, cached: 0)
  }

  package func fetch(_ node: Node) async throws(Failure) {}
}
