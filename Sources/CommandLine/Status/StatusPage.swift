import FUSFSCore
import Primitives

/// What mounts are doing, for a person.
///
/// ```
/// /home/me/fus  fusfs 0.1.0, up 3 h 12 min
///   cache      4.2 GiB of 10.0 GiB, 1.0 GiB of it pinned, in /home/me/.cache/fusfs
///   downloads  3, 12.0 MiB/s; 2 reads wait, for 4 s now; 1 try again; the server wants a pause of 2 s
///   memory     80.0 MiB of blocks, 0 B to be written
///   asks       NF_DownloadBinaryInform.do of neofussvr.sslcs.cdngc.net, for 4 s now; 2 tries again
///   SM-A207F/SER/A207FXXU2CUI2  48.0 MiB of 198.8 MiB, 24 %
///   read failed, 3 times: … There was no answer within 1 min. Try again. [Fetcher+Waiting:52]
/// ```
struct StatusPage: Sendable {
  let lines: [String]

  /// - Parameters:
  ///   - earlier: what the same mounts told before, and how long ago, from which follows how fast bytes come.
  ///   - size: what the lines have to fit in; nil for as many and as long as there are.
  init(
    _ readings: [MountReading], since earlier: (readings: [MountReading], time: Duration)? = nil,
    fitting size: TerminalSize? = nil
  ) {
    var lines: [String] = []
    for reading in readings {
      if !lines.isEmpty { lines.append("") }
      let before = earlier?.readings.first { $0.mountpoint == reading.mountpoint }?.status
      lines += Self.lines(reading, before, after: earlier?.time ?? .zero)
    }
    if lines.isEmpty { lines = ["Nothing is mounted."] }
    guard let size else {
      self.lines = lines
      return
    }
    // The last row is the cursor's.
    let room = max(1, size.rows - 1)
    let shown = lines.count <= room ? lines : lines.prefix(room - 1) + ["…"]
    self.lines = shown.map { $0.count < size.columns ? $0 : "\($0.prefix(max(0, size.columns - 2)))…" }
  }

  private static func lines(_ reading: MountReading, _ before: MountStatus?, after time: Duration) -> [String]
  {
    guard let status = reading.status else {
      return ["\(printable(reading.mountpoint))  \(printable(reading.problem ?? ""))"]
    }
    let (cache, fetching) = (status.cache, status.fetching)
    let rate = before.map { before in
      let came = Double(status.cachedBytes) - Double(before.cachedBytes)
      return ", \(ByteSize(bytes: UInt64(clamping: came / max(time.seconds, 0.001))).words)/s"
    }
    let reads = fetching.waitingReads == 1 ? "1 read waits" : "\(fetching.waitingReads) reads wait"
    // What there is nothing of is not told.
    let wait = fetching.longestWaitSeconds.flatMap {
      $0 < 1 ? nil : ", for \(Duration.seconds($0).words) now"
    }
    let retries = fetching.retries.flatMap(tries)
    let pause = fetching.coolDownSeconds.map { "; the server wants a pause of \(Duration.seconds($0).words)" }
    return [
      "\(printable(reading.mountpoint))  fusfs \(printable(status.version)), "
        + "up \(Duration.seconds(status.uptimeSeconds).words)\(status.offline ? ", offline" : "")",
      "  cache      \(words(cache.blockBytes)) of \(words(cache.limitBytes)), "
        + "\(words(cache.pinnedBytes)) of it pinned, in \(printable(cache.directory))",
      "  downloads  \(fetching.downloads)\(rate ?? ""); \(reads)\(wait ?? "")\(retries ?? "")\(pause ?? "")",
      "  memory     \(words(UInt64(clamping: fetching.memoryBytes))) of blocks, "
        + "\(words(UInt64(clamping: cache.waitingBytes))) to be written",
    ]
      + (status.messages ?? []).filter { $0.seconds >= 1 }.map { message in
        let time = Duration.seconds(message.seconds).words
        return printable("  asks       \(message.name) of \(message.host), for \(time) now")
          + (tries(message.retries) ?? "")
      }
      + status.releases.map { release in
        let version = release.version.prefix { $0 != "/" }
        return printable("  \(release.model)/\(release.region)/\(version)  ")
          + "\(words(release.cachedBytes)) of \(words(release.size)), "
          + "\(percent(release.cachedBytes, of: release.size)) %"
      }
      + (status.failures ?? []).map { failure in
        let often = failure.count == 1 ? "" : ", \(failure.count) times"
        let words = [failure.cause, failure.cure].compactMap { $0 }.joined(separator: " ")
        return printable("  \(failure.operation) failed\(often): \(words) [\(failure.site)]")
      }
  }

  private static func tries(_ count: Int) -> String? {
    count == 0 ? nil : "; \(count == 1 ? "1 try" : "\(count) tries") again"
  }

  private static func words(_ bytes: UInt64) -> String { ByteSize(bytes: bytes).words }
}

extension MountStatus {
  /// Of the releases that were looked at.
  fileprivate var cachedBytes: UInt64 {
    releases.reduce(0) { sum, release in
      let (sum, overflow) = sum.addingReportingOverflow(release.cachedBytes)
      return overflow ? .max : sum
    }
  }
}
