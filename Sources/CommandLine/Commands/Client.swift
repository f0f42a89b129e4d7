import FUSFSCore
import FUSNet
import FirmwareFormats
import Glibc
import Primitives

/// The parts of the client put together as the options say: session, cache, fetcher, catalogue.
struct Client: Sendable {
  let session: FUSSession
  let cache: BlockCache
  let fetcher: Fetcher
  let catalogue: Catalogue
  /// What a tree tells about itself: one for all, since it keeps what failed.
  let information: Information
  let pool: WorkerPool
  let log: Log

  /// How many threads run tasks that may read the disk or decode.
  private static let workers = 8

  /// How long without a byte ends a transfer, at most, in seconds: its bytes are then asked for on another connection.
  private static let longestStall = 20.0

  /// - Parameter latestTTL: for how long a history is taken as it is.
  init(_ options: ClientOptions, latestTTL: Duration, log: Log) throws(Failure) {
    self.log = log
    let memory = MemoryPlan(budget: options.memory)
    pool = WorkerPool(threads: Self.workers, name: "fusfs-worker")
    try pool.check()
    try Pause.check()
    let configuration = try Self.sessionConfiguration(options)
    session = FUSSession(configuration: configuration, executor: pool, log: log)
    cache = try BlockCache.open(
      directory: options.cacheDirectory.text, limit: options.cacheSize.bytes, access: .readWrite,
      backlogLimit: memory.backlog, placesMemory: memory.places, log: log)
    fetcher = Fetcher(
      configuration: .init(
        connections: options.connections, memory: memory.blocks,
        patience: options.readTimeout),
      cache: cache, pool: pool, log: log)
    catalogue = Catalogue(
      configuration: .init(
        latestTTL: latestTTL.seconds, isOffline: options.isOffline,
        historySource: configuration.profile.historySource, nature: configuration.nature,
        origin: "\(configuration.controlURL)"),
      server: session, cache: cache, fetcher: fetcher,
      unpackedBlocks: LZ4BlockCache(memory: memory.unpackedBlocks, executor: pool),
      decoders: DecoderBudget(limit: memory.decoders, executor: pool), pool: pool, log: log,
      now: { Double(time(nil)) })
    information = Information(
      version: programVersion, catalogue: catalogue, cache: cache, fetcher: fetcher, log: log)
  }

  /// The tree that a mount would show.
  var tree: Tree {
    Tree(catalogue: catalogue, information: information, mountedAt: Int64(time(nil)))
  }

  /// Makes ahead of the first read what it would wait for.
  func prepare() {
    guard !catalogue.configuration.isOffline else { return }
    let session = session
    Task(executorPreference: pool) { session.prepare() }
  }

  /// Ends all transfers, and keeps what has been fetched.
  func close() {
    session.close()
    catalogue.keep()
    cache.close()
  }

  /// Whom the file says to trust is trusted with everything: it must be there, and nobody else's.
  private static func authorities(_ file: PathName?) throws(Failure) -> String? {
    guard let file else { return nil }
    return try TrustedFile(file, for: geteuid(), kind: "file of authorities", option: "--ca-file").path
  }

  private static func sessionConfiguration(
    _ options: ClientOptions
  ) throws(Failure) -> FUSSession.Configuration {
    let server = options.server
    var configuration = FUSSession.Configuration(
      profile: server.profile, controlURL: server.server ?? .control, bulkURL: server.cdn ?? .bulk,
      versionListURL: server.fota ?? .versionList, proxy: server.proxy?.address.exposed,
      authorities: try authorities(server.authorities), deviceIdentity: server.device,
      nature: server.nature, maxConnections: options.connections)
    let timeout = options.readTimeout.seconds
    configuration.stallTimeout = min(Self.longestStall, max(1, timeout / 2))
    configuration.connectTimeout = min(configuration.connectTimeout, max(1, timeout / 2))
    configuration.retryTime = min(configuration.retryTime, timeout)
    return configuration
  }
}
