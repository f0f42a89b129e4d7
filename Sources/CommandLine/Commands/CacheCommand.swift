import FUSFSCore
import FuseBridge
import Primitives

/// `fusfs cache status|pin|unpin|trim|clear`: looks at the cache and changes it, also while mounts use it.
struct CacheCommand {
  private let options: CacheOptions
  private let output: ProgramOutput

  /// With this limit nothing is evicted by the way: the cache may be that of a mount that allows it more than the
  /// options here say.
  private static let withoutLimit = ByteSize(bytes: 1 << 60)

  init(_ options: CacheOptions, output: ProgramOutput) {
    self.options = options
    self.output = output
  }

  func run() -> Int32 {
    do throws(Failure) {
      let log = try options.client.log.makeLog()
      switch options.action {
      case .status:
        let report = try CacheReport(options.client, log: log)
        return try print(report, report.words)
      case .pin(let place): return try setPin(place, true, log)
      case .unpin(let place): return try setPin(place, false, log)
      case .trim(let size): return try evict(to: size ?? options.client.cacheSize, unpinning: false, log)
      case .clear(let pinned): return try evict(to: .zero, unpinning: pinned, log)
      }
    } catch {
      output.error("\(ErrorMessage(error))\n")
      return ExitStatus.failure
    }
  }

  private func print(_ result: some Encodable, _ words: String) throws(Failure) -> Int32 {
    guard options.isJSON else { return output.standard(words) ? ExitStatus.success : ExitStatus.failure }
    guard let bytes = try? JSON.encoded(result) else {
      throw Failure(.local, "The result could not be written as JSON.")
    }
    return output.standard(String(decoding: bytes, as: UTF8.self)) ? ExitStatus.success : ExitStatus.failure
  }

  // MARK: Evicting

  private func evict(to size: ByteSize, unpinning: Bool, _ log: Log) throws(Failure) -> Int32 {
    let before = try CacheReport(options.client, log: log)
    try BlockCache.trim(
      directory: options.client.cacheDirectory.text, to: size.bytes, unpinning: unpinning, log: log)
    let eviction = CacheEviction(from: before, to: try CacheReport(options.client, log: log))
    return try print(eviction, eviction.words)
  }

  // MARK: Pins

  private func setPin(_ place: Place, _ isPinned: Bool, _ log: Log) throws(Failure) -> Int32 {
    if let package = try MountedPackage(near: place.path.text) {
      let cache = try openCache(package.cacheDirectory, log)
      defer { cache.close() }
      let binary = cache.binary(name: package.name, size: package.size, crc32: package.crc32)
      return try setPin([binary], isPinned, in: cache)
    }
    if let release = ReleasePath(place.text) {
      // A cache is not made in order to find nothing in it.
      if !isPinned { try openCache(options.client.cacheDirectory.text, access: .readOnly, log).close() }
      var client = options.client
      client.cacheSize = Self.withoutLimit
      return try setPin(release, isPinned, Client(client, latestTTL: .seconds(5), log: log))
    }
    let directory = options.client.cacheDirectory.text
    let binaries = try binaries(named: place.text, inCache: directory, log)
    guard !binaries.isEmpty else {
      throw Failure(
        .notFound, "The cache in \(directory) knows no package \(printable(place.text)).",
        cure: "Name a file of a mount of yours, MODEL/CSC, or a package that fusfs cache status shows.")
    }
    let cache = try openCache(directory, log)
    defer { cache.close() }
    return try setPin(binaries, isPinned, in: cache)
  }

  /// None where there is no cache.
  private func binaries(
    named name: String, inCache directory: String, _ log: Log
  ) throws(Failure) -> [BinaryID] {
    do throws(Failure) {
      let cache = try openCache(directory, access: .readOnly, log)
      defer { cache.close() }
      return cache.binaries(named: name)
    } catch {
      guard error.code == .notFound else { throw error }
      return []
    }
  }

  private func setPin(_ path: ReleasePath, _ isPinned: Bool, _ client: Client) throws(Failure) -> Int32 {
    defer { client.close() }
    let tree = client.tree
    let release = try waitForResult(on: client.pool) { () async throws(Failure) -> Release? in
      try await tree.release(of: tree.node(at: path.path))
    }
    guard let release else { throw Failure(.notFound, "\(path.device) has no such release.") }
    return try setPin([release.binary], isPinned, in: client.cache)
  }

  private func openCache(
    _ directory: String, access: BlockCache.Access = .readWrite, _ log: Log
  ) throws(Failure) -> BlockCache {
    try BlockCache.open(directory: directory, limit: Self.withoutLimit.bytes, access: access, log: log)
  }

  private func setPin(
    _ binaries: [BinaryID], _ isPinned: Bool, in cache: BlockCache
  ) throws(Failure) -> Int32 {
    for binary in binaries {
      if isPinned { cache.pin(binary) } else { cache.unpin(binary) }
    }
    try waitForResult { () async throws(Failure) in await cache.flush() }
    let stored = Set(cache.pinned)
    guard binaries.allSatisfy({ stored.contains($0) == isPinned }) else {
      throw Failure(.local, "The cache in \(cache.directory) cannot be written now.", cure: "See the log.")
    }
    let pinning = CachePinning(
      directory: cache.directory, pinned: isPinned, packages: binaries.map(\.name))
    return try print(pinning, pinning.words)
  }
}
