import FUSNet
import FoundationEssentials
import Glibc
package import Primitives

/// What the mount tells about itself under `.fusfs/`: numbers and sentences, never a secret.
package final class Information: Sendable {
  private let version: String
  private let catalogue: Catalogue
  private let cache: BlockCache
  private let fetcher: Fetcher
  private let log: Log
  private let started = ContinuousClock.now
  private let failures = Locked(FailureJournal())

  package init(version: String, catalogue: Catalogue, cache: BlockCache, fetcher: Fetcher, log: Log) {
    self.version = version
    self.catalogue = catalogue
    self.cache = cache
    self.fetcher = fetcher
    self.log = log
  }

  /// The file's bytes as of now.
  func bytes(of file: InformationFile) -> [UInt8] {
    switch file {
    case .log: Array(log.recentLines.map { $0 + "\n" }.joined().utf8)
    case .status: (try? JSON.encoded(status)) ?? []
    case .metrics: Array(metrics.utf8)
    }
  }

  /// A program was told of a failure.
  package func note(_ failure: Failure, during operation: String) {
    let now = Int64(time(nil))
    failures.withLock { $0.note(failure, during: operation, at: now) }
  }

  /// What `status.json` holds, line by line.
  package var stateLines: [String] {
    String(decoding: bytes(of: .status), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private var status: MountStatus {
    let usage = cache.usage
    let activity = fetcher.activity
    return MountStatus(
      version: version, process: getpid(), uptimeSeconds: (ContinuousClock.now - started).components.seconds,
      offline: catalogue.configuration.isOffline,
      cache: .init(
        directory: cache.directory, blockBytes: usage.blocks, indexBytes: usage.indexes,
        fileBytes: usage.file,
        limitBytes: usage.limit, pinnedBytes: usage.pinned, waitingBytes: cache.backlog),
      fetching: .init(activity),
      messages: catalogue.server.messagesUnderWay.map { message in
        .init(
          name: message.name, host: message.host, seconds: tenths(message.seconds), retries: message.retries)
      },
      releases: catalogue.openReleases.map { release in
        .init(
          model: "\(release.identity.model)", region: "\(release.identity.region)",
          version: "\(release.identity.version)", binaryName: release.inform.binaryName,
          size: release.inform.byteSize, cachedBytes: release.cachedBytes)
      }.sorted { ($0.model, $0.region, $0.version) < ($1.model, $1.region, $1.version) },
      failures: failures.withLock { $0.entries })
  }

  /// The numbers in the text form that Prometheus reads.
  private var metrics: String {
    let status = status
    let values: [(name: String, value: String)] = [
      ("fusfs_cache_block_bytes", "\(status.cache.blockBytes)"),
      ("fusfs_cache_index_bytes", "\(status.cache.indexBytes)"),
      ("fusfs_cache_file_bytes", "\(status.cache.fileBytes)"),
      ("fusfs_cache_limit_bytes", "\(status.cache.limitBytes)"),
      ("fusfs_cache_waiting_bytes", "\(status.cache.waitingBytes)"),
      ("fusfs_downloads", "\(status.fetching.downloads)"),
      ("fusfs_waiting_reads", "\(status.fetching.waitingReads)"),
      ("fusfs_longest_wait_seconds", "\(status.fetching.longestWaitSeconds ?? 0)"),
      ("fusfs_cool_down_seconds", "\(status.fetching.coolDownSeconds ?? 0)"),
      ("fusfs_retries_total", "\(status.fetching.retries ?? 0)"),
      ("fusfs_memory_block_bytes", "\(status.fetching.memoryBytes)"),
    ]
    return values.map { name, value in
      "# TYPE \(name) \(name.hasSuffix("_total") ? "counter" : "gauge")\n\(name) \(value)\n"
    }.joined()
  }
}

extension MountStatus.Fetching {
  fileprivate init(_ activity: Fetcher.Activity) {
    self.init(
      downloads: activity.jobs, blocksUnderWay: activity.blocksUnderWay, waitingReads: activity.waitingReads,
      memoryBytes: activity.memoryBytes, connections: activity.connections, retries: activity.retries,
      coolDownSeconds: activity.coolDown.map(tenths),
      longestWaitSeconds: activity.longestWait.map(tenths),
      requests: activity.requests.map { request in
        MountStatus.Request(
          file: request.file, offset: request.bytes.lowerBound, bytes: UInt64(request.bytes.count),
          receivedBytes: request.received, seconds: tenths(request.seconds), renewals: request.renewals)
      })
  }
}

private func tenths(_ seconds: Double) -> Double { (seconds * 10).rounded() / 10 }
