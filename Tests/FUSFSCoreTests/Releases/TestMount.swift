import FUSNet
import FirmwareFormats
import Primitives
import TestSupport

@testable import FUSFSCore

/// The tree over a server in memory, with a clock that the test turns.
final class TestMount {
  let server: FakeServer
  let cache: BlockCache
  let catalogue: Catalogue
  let tree: Tree
  private let clock: Locked<Double>
  /// Of the cache, which makes its directory anew where it is removed before the cache is closed.
  private let folder: TemporaryDirectory

  init(
    _ server: FakeServer, folder: TemporaryDirectory, isOffline: Bool = false,
    origin: String = "https://one/", expansion: Expansion = .full, at start: Double = 1_000_000
  ) throws {
    let log = Log()
    let pool = WorkerPool(threads: 2, name: "test")
    let clock = Locked(start)
    self.server = server
    self.clock = clock
    self.folder = folder
    cache = try BlockCache.open(directory: folder.path, limit: 1 << 30, access: .readWrite, log: log)
    let fetcher = Fetcher(
      configuration: .init(connections: 4, memory: 64 << 20, patience: .seconds(20)), cache: cache,
      pool: pool,
      log: log)
    catalogue = Catalogue(
      configuration: .init(
        latestTTL: 3600, isOffline: isOffline, historySource: .smartHistory, nature: .factory, origin: origin),
      server: server, cache: cache, fetcher: fetcher, unpackedBlocks: LZ4BlockCache(memory: 8 << 20),
      decoders: DecoderBudget(limit: 32 << 20), pool: pool, log: log, now: { clock.withLock { $0 } })
    tree = Tree(
      catalogue: catalogue,
      information: Information(
        version: "test", catalogue: catalogue, cache: cache, fetcher: fetcher, log: log),
      expansion: expansion, mountedAt: 5)
  }

  deinit {
    catalogue.keep()
    cache.close()
  }

  func advance(by seconds: Double) {
    clock.withLock { $0 += seconds }
  }

  /// The node at a path.
  func node(_ path: String) async throws(Failure) -> Node {
    var node = Node.root
    for name in path.split(separator: "/") { node = try await tree.child(named: String(name), of: node).node }
    return node
  }

  func names(_ path: String) async throws(Failure) -> [String] {
    try await children(path).map(\.name)
  }

  func children(_ path: String) async throws(Failure) -> [Child] {
    let listing = try await tree.children(of: try await node(path))
    var children: [Child] = []
    while true {
      let found = try await listing.children(from: children.count, limit: 2)
      guard !found.isEmpty else { return children }
      children += found
    }
  }

  /// All bytes of the file at a path.
  func bytes(_ path: String) async throws(Failure) -> [UInt8] {
    let node = try await node(path)
    let size = try await tree.attributes(of: node).size
    let file = try await tree.open(node)
    defer { tree.close(file) }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    var elements = bytes.mutableSpan
    var span = unsafe elements.mutableBytes
    try await tree.read(file, into: &span, at: 0)
    return bytes
  }
}
