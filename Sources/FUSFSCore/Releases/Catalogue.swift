package import FUSNet
package import FirmwareFormats
package import Primitives

/// What releases there are: asked of the server, kept in the cache, remembered for a while.
///
/// A history is asked for again after its time; if the server cannot be reached then, what is known goes on to serve.
/// A release's inform reply hardly ever changes: it is asked for once, and again where the server contradicts it. What the
/// server says does not exist is not asked for again for a minute.
package final class Catalogue: Sendable {
  package struct Configuration: Sendable {
    /// How long `latest` and a history are taken as they are, in seconds.
    package var latestTTL: Double
    package var isOffline: Bool
    /// How the kept replies of histories are to be understood.
    package var historySource: Profile.HistorySource
    package var nature: BinaryNature
    /// Whose replies they are, such as the control server's address: another server's are not used.
    package var origin: String

    package init(
      latestTTL: Double, isOffline: Bool, historySource: Profile.HistorySource, nature: BinaryNature,
      origin: String
    ) {
      self.origin = origin
      self.latestTTL = latestTTL
      self.isOffline = isOffline
      self.historySource = historySource
      self.nature = nature
    }
  }

  struct KnownHistory {
    let history: ReleaseHistory
    /// The reply that says so.
    let reply: StoredReply
    let checkedAt: Double
  }

  /// A release that somebody may have open, though its names lead elsewhere.
  struct LivingRelease {
    weak var release: Release?
  }

  struct State {
    /// All that there are, by their binaries.
    var living: [BinaryID: [LivingRelease]] = [:]
    /// What was seen of the binaries' blocks.
    var seen: [BinaryID: Locked<SeenBlocks>] = [:]
    var histories: [Device: KnownHistory] = [:]
    var releases: [ReleaseIdentity: Release] = [:]
    /// Those of which the server answered for another one than asked for, or has contradicted itself.
    var uncertainReleases = MinuteMemory<ReleaseIdentity>()
    var absentDevices = MinuteMemory<Device>()
    var absentReleases = MinuteMemory<ReleaseIdentity>()
    var visited: Set<Device> = []
    /// How often a release has turned out to be another than was said for certain.
    var editions: [ReleaseIdentity: Int] = [:]
    /// Releases that were asked for again, since the server had contradicted itself.
    var confirmedReleases = MinuteMemory<ReleaseIdentity>()

    func release(_ identity: ReleaseIdentity, at now: Double) -> Release? {
      releases[identity].flatMap { release in
        release.isCertain || uncertainReleases.contains(identity, at: now) ? release : nil
      }
    }
  }

  package let configuration: Configuration
  let server: any FirmwareServer
  let cache: BlockCache
  let fetcher: Fetcher
  let resources: ReleaseResources
  let log: Log
  let now: @Sendable () -> Double
  let state = Locked(State())
  private let historyFlight: SingleFlight<Device, ReleaseHistory, Failure>
  let releaseFlight: SingleFlight<ReleaseIdentity, Release, Failure>

  /// - Parameter now: seconds since the epoch; kept replies carry such a time over restarts.
  package init(
    configuration: Configuration, server: any FirmwareServer, cache: BlockCache, fetcher: Fetcher,
    unpackedBlocks: LZ4BlockCache, decoders: DecoderBudget, pool: WorkerPool, log: Log,
    now: @escaping @Sendable () -> Double
  ) {
    self.configuration = configuration
    self.server = server
    self.cache = cache
    self.fetcher = fetcher
    resources = ReleaseResources(
      cache: cache, unpackedBlocks: unpackedBlocks, decoders: decoders, pool: pool, log: log, now: now)
    self.log = log
    self.now = now
    historyFlight = SingleFlight(executor: pool)
    releaseFlight = SingleFlight(executor: pool)
    let kept = cache.replies(.history).compactMap {
      Device(historyKey: $0, origin: configuration.historyOrigin)
    }
    state.withLock { $0.visited = Set(kept) }
    cache.whenAnotherFile.withLock { $0 = { [weak self] in self?.storeAnew() } }
  }

  /// The devices that are known here: asked for now or by an earlier mount.
  package var knownDevices: Set<Device> { state.withLock { $0.visited } }

  /// Keeps what was learnt of the releases' insides since the last time; to be called before the cache is closed.
  package func keep() {
    for release in openReleases { release.knownContents?.keep() }
  }

  /// The releases that have been opened by this mount.
  package var openReleases: [Release] { state.withLock { Array($0.releases.values) } }

  // MARK: History

  /// The releases of the device, newest first.
  package func history(of device: Device) async throws(Failure) -> ReleaseHistory {
    let now = now()
    let (known, isAbsent) = state.withLock { state in
      (state.histories[device], state.absentDevices.contains(device, at: now))
    }
    if let known, now - known.checkedAt < configuration.latestTTL, now >= known.checkedAt {
      return known.history
    }
    if isAbsent { throw Self.absent(device) }
    return try await historyFlight.join(device) { () async throws(Failure) in
      try await self.refreshedHistory(of: device)
    }
  }

  private func refreshedHistory(of device: Device) async throws(Failure) -> ReleaseHistory {
    let kept = cache.reply(.history, key: historyKey(of: device))
    if let kept, configuration.isOffline || now() - Double(kept.at) < configuration.latestTTL,
      now() >= Double(kept.at) || configuration.isOffline,
      let history = try? parsed(kept)
    {
      return remember(
        history, from: kept, of: device, checkedAt: configuration.isOffline ? now() : Double(kept.at))
    }
    guard !configuration.isOffline else {
      let other = otherOrigin(of: device)
      throw Failure(
        .offline, "\(device) is not cached and the mount is offline.",
        cure: other.map { "It is cached as \($0) has it: mount with the same server and protocol." }
          ?? "Mount without --offline to ask the server.")
    }
    do throws(Failure) {
      let reply = try await server.history(of: device.model, in: device.region)
      let kept = StoredReply(bytes: reply.raw, at: Int64(now()))
      cache.storeReply(.history, key: historyKey(of: device), kept)
      return remember(reply.message, from: kept, of: device, checkedAt: now())
    } catch {
      if error.code == .notFound {
        let now = now()
        state.withLock { $0.absentDevices.note(device, at: now) }
        log.write(.warning, "\(device): \(error)")
        throw error.about("\(device)")
      }
      // An old answer is better than none; it is asked for again after a short while.
      let checkedAt = now() - configuration.latestTTL + Self.staleFor
      let known = state.withLock { $0.histories[device] }
      let old =
        known.map { ($0.history, $0.reply) }
        ?? kept.flatMap { kept in (try? parsed(kept)).map { ($0, kept) } }
      guard let (history, reply) = old else { throw error.about("\(device)") }
      log.write(.warning, "\(device): \(error.cause) What was known before is shown.")
      return remember(history, from: reply, of: device, checkedAt: checkedAt)
    }
  }

  /// For how long a history that could not be refreshed is taken as it is, in seconds.
  private static let staleFor = 10.0

  private func parsed(_ kept: StoredReply) throws(Failure) -> ReleaseHistory {
    try ReleaseHistory(reply: kept.bytes, source: configuration.historySource)
  }

  func known(_ device: Device) -> ReleaseHistory? {
    state.withLock { $0.histories[device]?.history }
  }

  private func remember(
    _ history: ReleaseHistory, from reply: StoredReply, of device: Device, checkedAt: Double
  ) -> ReleaseHistory {
    state.withLock { state in
      state.histories[device] = KnownHistory(history: history, reply: reply, checkedAt: checkedAt)
      state.visited.insert(device)
      state.absentDevices.forget(device)
    }
    return history
  }

  /// Stores what the server said where the cache does not have it: its file is another one than it was.
  private func storeAnew() {
    for (device, known) in state.withLock({ $0.histories }) {
      let key = historyKey(of: device)
      if cache.reply(.history, key: key) == nil { cache.storeReply(.history, key: key, known.reply) }
    }
    for release in openReleases where release.isAsAsked {
      let key = informKey(of: release.identity)
      guard cache.reply(.inform, key: key) == nil else { continue }
      cache.storeReply(.inform, key: key, StoredReply(bytes: release.informReply, at: Int64(now())))
    }
  }

  /// Another server, or the same under another name or protocol, that was asked for the device's history.
  private func otherOrigin(of device: Device) -> String? {
    let own = historyKey(of: device)
    return cache.replies(.history).first { $0.hasPrefix("\(device)/") && $0 != own }
      .flatMap { key in key.firstIndex(of: "@").map { String(key[key.index(after: $0)...]) } }
  }

  private static func absent(_ device: Device) -> Failure {
    Failure(
      .notFound, "The server knows no firmware for \(device).",
      cure: "Check the model and try another region code.")
  }
}

extension Catalogue {
  /// The key of the device's history in the cache: `SM-A207F/SER/smart@https://…/`.
  private func historyKey(of device: Device) -> String { "\(device)/\(configuration.historyOrigin)" }
}

extension Catalogue.Configuration {
  fileprivate var historyOrigin: String {
    switch historySource {
    case .smartHistory: "smart@\(origin)"
    case .versionList: "list@\(origin)"
    }
  }
}

extension Device {
  /// The device that the key of a kept history names; nil for another server's.
  fileprivate init?(historyKey: String, origin: String) {
    let parts = historyKey.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[2] == origin, let model = DeviceModel(String(parts[0])),
      let region = RegionCode(String(parts[1]))
    else { return nil }
    self.init(model: model, region: region)
  }
}
