import FUSNet
package import Primitives

extension Catalogue {
  /// How many of the newest releases are tried where the server lists some that it does not serve yet.
  private static let latestCandidates = 4

  /// The newest release that is no beta and that the server serves.
  ///
  /// A history may begin with releases that are listed ahead of their day.
  package func latestRelease(of device: Device) async throws(Failure) -> Release {
    var refusal = Failure(.notFound, "The server lists no release for \(device).")
    for listed in try await history(of: device).releases.filter({ !$0.isBeta }).prefix(Self.latestCandidates)
    {
      let identity = ReleaseIdentity(model: device.model, region: device.region, version: listed.version)
      do throws(Failure) {
        return try await release(identity)
      } catch {
        guard error.code == .notFound else { throw error }
        refusal = error
      }
    }
    throw refusal
  }

  /// The release, asked of the server if it has never been.
  package func release(_ identity: ReleaseIdentity) async throws(Failure) -> Release {
    let now = now()
    let (known, isAbsent) = state.withLock { state in
      (state.release(identity, at: now), state.absentReleases.contains(identity, at: now))
    }
    if let known { return known }
    if isAbsent {
      throw Failure(
        .notFound, "The server does not serve \(identity).", cure: "Try another release or region.")
    }
    return try await releaseFlight.join(identity) { () async throws(Failure) in
      let now = self.now()
      if let known = self.state.withLock({ $0.release(identity, at: now) }) { return known }
      return try await self.openedRelease(identity)
    }
  }

  private func openedRelease(_ identity: ReleaseIdentity) async throws(Failure) -> Release {
    let (inform, raw) = try await informReply(for: identity)
    guard let grid = BlockGrid(size: inform.byteSize) else {
      throw Failure(.unsupported, "\(identity): a package of \(inform.byteSize) bytes is too large.")
    }
    let binary = binary(of: inform)
    let remote = inform.remoteBinary(region: identity.region)
    let source = configuration.isOffline ? nil : server.source(of: remote)
    let target = FetchTarget(
      id: binary, name: inform.binaryName, grid: grid, source: source, seen: seenBlocks(of: binary, grid),
      whenContradicted: { [weak self] in self?.doubt(identity, remote) },
      whenFetched: { [weak self] in self?.forEachRelease(of: binary, $0) { $0.willFetch($1) } },
      whenChanged: { [weak self] in self?.forEachRelease(of: binary, $0) { $0.changed($1) } })
    let device = Device(model: identity.model, region: identity.region)
    let release = Release(
      identity: identity, listing: known(device)?.releases.first { $0.version == identity.version },
      inform: inform, informReply: raw, isInDoubt: isContradicted(binary),
      encrypted: CachedBinary(target, fetcher: fetcher), binary: binary, resources: resources)
    let now = now()
    state.withLock { state in
      state.releases[identity] = release
      state.living[binary, default: []].removeAll { $0.release == nil }
      state.living[binary, default: []].append(LivingRelease(release: release))
      if !release.isCertain { state.uncertainReleases.note(identity, at: now) }
    }
    return release
  }

  /// For how long an answer for another version than asked for is taken, or one that is in doubt, in seconds.
  package static let uncertainLifetime = MinuteMemory<ReleaseIdentity>.lifetime

  /// Kept of a binary that the server has shown not to be as it had said.
  private static let contradictedFact = "contradicted"

  private func isContradicted(_ binary: BinaryID) -> Bool {
    cache.fact(Self.contradictedFact, of: binary) != nil
  }

  /// What was said of the release is not so: it is asked for again, by a later mount too. The reply is kept, since without
  /// it nothing that the cache has of the release can be found.
  private func doubt(_ identity: ReleaseIdentity, _ remote: RemoteBinary) {
    state.withLock { state in
      // What the server has said since may be of another binary, or of another place.
      guard let release = state.releases[identity], release.remote == remote else { return }
      cache.setFact(Self.contradictedFact, of: release.binary, to: [1])
      state.releases[identity] = nil
      // The kernel has the names of its directory for ever: they are looked up anew in another.
      if release.isCertain { state.editions[identity, default: 0] += 1 }
    }
  }

  private func seenBlocks(of binary: BinaryID, _ grid: BlockGrid) -> Locked<SeenBlocks> {
    state.withLock { state in
      let seen = state.seen[binary] ?? Locked(SeenBlocks(count: grid.count))
      state.seen[binary] = seen
      return seen
    }
  }

  /// Tells each release of the binary of some of its blocks, of those too that are only open still.
  private func forEachRelease(
    of binary: BinaryID, _ blocks: Range<UInt32>, _ tell: (Release, Range<UInt32>) -> Void
  ) {
    let concerned = state.withLock { $0.living[binary]?.compactMap(\.release) ?? [] }
    for release in concerned { tell(release, blocks) }
  }

  /// Which directory of the release it is: another one each time that what was certain has turned out wrong.
  func edition(of identity: ReleaseIdentity) -> Int {
    state.withLock { $0.editions[identity, default: 0] }
  }

  /// Whether the server is to be asked though it has answered once.
  private func mustBeConfirmed(_ identity: ReleaseIdentity, _ inform: BinaryInform) -> Bool {
    guard !configuration.isOffline, isContradicted(binary(of: inform)) else { return false }
    let now = now()
    return state.withLock { state in
      guard !state.confirmedReleases.contains(identity, at: now) else { return false }
      state.confirmedReleases.note(identity, at: now)
      return true
    }
  }

  private func binary(of inform: BinaryInform) -> BinaryID {
    cache.binary(name: inform.binaryName, size: inform.byteSize, crc32: inform.crc32)
  }

  private func informReply(
    for identity: ReleaseIdentity
  ) async throws(Failure) -> (BinaryInform, [UInt8]) {
    let kept = cache.reply(.inform, key: informKey(of: identity)).flatMap { kept in
      (try? BinaryInform(reply: kept.bytes, nature: configuration.nature)).map { ($0, kept.bytes) }
    }
    if let kept, !mustBeConfirmed(identity, kept.0) { return kept }
    guard !configuration.isOffline else {
      throw Failure(
        .offline, "\(identity) is not cached and the mount is offline.",
        cure: "Mount without --offline to ask the server.")
    }
    do throws(Failure) {
      let reply = try await server.inform(
        of: identity.model, in: identity.region, version: identity.version)
      // An answer for another release is taken, but not kept: the next one may be right.
      if reply.message.version == identity.version {
        cache.storeReply(
          .inform, key: informKey(of: identity), StoredReply(bytes: reply.raw, at: Int64(now())))
        cache.setFact(Self.contradictedFact, of: binary(of: reply.message), to: nil)
      }
      return (reply.message, reply.raw)
    } catch {
      if error.code == .notFound {
        let now = now()
        state.withLock { $0.absentReleases.note(identity, at: now) }
        log.write(.warning, "\(identity): \(error)")
      } else if let kept {
        log.write(.warning, "\(identity): \(error.cause) What was known before is taken.")
        return kept
      }
      throw error.about("\(identity)")
    }
  }

  /// The key of the release's inform reply in the cache: `SM-A207F/SER/factory/A207FXXU2CUI2/…@https://…/`.
  func informKey(of identity: ReleaseIdentity) -> String {
    "\(identity.model)/\(identity.region)/\(configuration.nature)/\(identity.version)@\(configuration.origin)"
  }
}
