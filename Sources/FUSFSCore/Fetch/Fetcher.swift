import FUSNet
package import Primitives

/// Gets blocks: from memory, from the cache, or from the server, each once however many wait for it.
///
/// A reader that finds its block in memory or in the cache goes on at once on its own thread. Otherwise it waits for
/// the block, not for the request that brings it: blocks are handed out one by one as they arrive. A reader that gives
/// up ends its own wait only; the download goes on for the others.
package final class Fetcher: Sendable {
  package struct Configuration: Sendable {
    /// Downloads at once.
    package var connections: Int
    /// Bytes of memory for blocks: half keeps recent ones.
    package var memory: Int
    /// How long a job goes on without a byte before its readers are told.
    package var patience: Duration

    package init(connections: Int, memory: Int, patience: Duration) {
      self.connections = connections
      self.memory = memory
      self.patience = patience
    }
  }

  /// A reader that waits for some bytes of a block.
  struct Wait {
    let range: Range<Int>
    /// Seconds on the fetcher's clock.
    let start: Double
    let continuation: CheckedContinuation<Result<BlockPart, Failure>, Never>
  }

  /// Ends with why the block has not come, or nil.
  typealias Arrival = CheckedContinuation<Failure?, Never>

  /// A request that is under way.
  struct Request {
    let job: FetchQueue.Job
    let bytes: Range<UInt64>
    /// Seconds on the fetcher's clock.
    let start: Double
    let assembler: BlockAssembler
    let download: Task<DownloadFault?, Never>
    /// How often the job has been asked for anew.
    let renewals: Int
    /// Why it was ended by us, if it was.
    var ending: Ending?
  }

  /// Why a request is ended by us.
  enum Ending {
    /// Another connection is to bring the rest.
    case renewed
    /// A reader wants something else.
    case yielded
  }

  struct State {
    var queue: FetchQueue
    var recent: RecentBlocks
    var limit: ConnectionLimit
    var requestSize = RequestSize()
    var requests: [Int: Request] = [:]
    var nextRequest = 0
    var watch = TransferWatch()
    var isWatching = false
    var targets: [BinaryID: FetchTarget] = [:]
    var waits: [BlockAddress: [Int: Wait]] = [:]
    /// Those who wait for no bytes, but for the block to be there.
    var arrivals: [BlockAddress: [Int: Arrival]] = [:]
    var vainWaits = VainWaits()
    var nextWait = 0
    var coolDownTimer = false
    /// Blocks that the cache did not take when they came.
    var unkept: Set<BlockAddress> = []
    /// Blocks that were left to a job of their own, and since when nothing has come in their place that could be given.
    var setAside: [BlockAddress: SuspendingClock.Instant] = [:]
    /// How often a download that had failed was tried again.
    var retries = 0
  }

  let cache: BlockCache
  let log: Log
  let pool: WorkerPool
  let patience: Duration
  let state: Locked<State>
  let clock = SuspendingClock()
  let started: SuspendingClock.Instant
  private let memory: Int
  let connections: Int

  package init(configuration: Configuration, cache: BlockCache, pool: WorkerPool, log: Log) {
    self.cache = cache
    self.log = log
    self.pool = pool
    patience = configuration.patience
    memory = configuration.memory
    started = clock.now
    connections = max(1, configuration.connections)
    state = Locked(
      State(
        queue: FetchQueue(),
        recent: RecentBlocks(limit: configuration.memory / 2),
        limit: ConnectionLimit(maximum: configuration.connections)))
  }

  /// How far to read ahead on this link, and how much to ask for at once.
  var reach: Reach { reach(for: state.withLock { $0.requestSize }) }

  func reach(for size: RequestSize) -> Reach {
    // Where the cache does not keep all, what memory does not hold would have to be fetched again.
    let kept = cache.isKeepingAll ? Int(clamping: cache.limit / 4) : memory / 4
    return Reach(
      size, connections: connections,
      largestRequest: Reach.largestRequest(
        connections: connections, backlog: cache.backlog, backlogLimit: cache.backlogLimit),
      room: kept / BlockGrid.blockSize)
  }

  /// Some bytes of a block as the server has them: where they stand in what is given.
  ///
  /// - Parameter end: the block before which the reader's request ends. Where it waits in vain for this one, it has done
  ///   so for the others too.
  func bytes(
    _ range: Range<Int>, ofBlock index: UInt32, of target: FetchTarget, before end: UInt32
  ) async throws(Failure) -> BlockPart {
    let address = BlockAddress(target.id, index)
    if let block = recentBlock(at: address) { return BlockPart(block: block, range: range) }
    let part = admitted(index, of: target) {
      cache.bytes(range, ofBlock: index, of: target.id, admitting: $0)
    }
    if let part { return part }
    guard target.source != nil else { throw Self.offline(target) }
    return try await wait(for: range, of: address, of: target, before: end)
  }

  /// The block that memory has. What the cache did not take when it came is offered to it again.
  private func recentBlock(at address: BlockAddress) -> ByteBlock? {
    state.withLock { state in
      let block = state.recent.block(at: address)
      let isUnkept = !state.unkept.isEmpty && state.unkept.remove(address) != nil
      if isUnkept, let block { keep(block, at: address, &state) }
      return block
    }
  }

  /// Gives the cache a block that memory has.
  ///
  /// It is done with the lock held: `forget` then finds the block in memory and in the cache, or in neither.
  func keep(
    _ block: ByteBlock, _ checksums: PieceChecksums? = nil, at address: BlockAddress, _ state: inout State
  ) {
    guard !cache.store(block, checksums, index: address.index, of: address.binary) else { return }
    if state.unkept.count >= Self.mostUnkept { state.unkept = [] }
    state.unkept.insert(address)
  }

  /// More than memory holds.
  private static let mostUnkept = 4096

  /// Whether each of the blocks is in memory or, as far as this process knows, in the cache.
  func isSaidToHave(_ blocks: Range<UInt32>, of target: FetchTarget) -> Bool {
    blocks.allSatisfy { index in
      state.withLock { $0.recent.contains(BlockAddress(target.id, index)) }
        || cache.isSaidToHave(index, of: target.id)
    }
  }

  /// Copies some bytes of a block that are in memory or in the cache; false if they are not, and the destination may
  /// hold anything.
  func copy(
    _ range: Range<Int>, ofBlock index: UInt32, of target: FetchTarget, into destination: inout MutableRawSpan
  ) -> Bool {
    if let block = recentBlock(at: BlockAddress(target.id, index)) {
      block.copyBytes(from: range.lowerBound, into: &destination)
      return true
    }
    guard cache.isSaidToHave(index, of: target.id) else { return false }
    return admitted(index, of: target) {
      cache.copy(range, ofBlock: index, of: target.id, into: &destination, admitting: $0)
    }
  }

  /// Starts to fetch what of these blocks is neither in memory, cached nor under way.
  func fetchAhead(_ blocks: Range<UInt32>, of target: FetchTarget) {
    guard target.source != nil else { return }
    let missing = cache.missing(in: blocks, of: target.id)
    guard !missing.isEmpty else { return }
    state.withLock { state in
      state.targets[target.id] = target
      for blocks in missing {
        for run in state.runsNotInMemory(blocks, of: target.id) { state.queue.fetchAhead(run, of: target.id) }
      }
    }
    startJobs()
  }

  /// Asks for the blocks at once, so that a read of several waits for them together.
  func demand(_ blocks: Range<UInt32>, of target: FetchTarget) {
    guard blocks.count > 1, target.source != nil else { return }
    let missing = cache.missing(in: blocks, of: target.id)
    state.withLock { state in
      state.targets[target.id] = target
      for index in missing.joined() where !state.recent.contains(BlockAddress(target.id, index)) {
        state.queue.demand(BlockAddress(target.id, index))
      }
    }
    startJobs()
  }

  static func offline(_ target: FetchTarget) -> Failure {
    Failure(
      .offline, "This part of \(target.name) is not cached and the mount is offline.",
      cure: "Mount without --offline to fetch it.")
  }
}

extension Fetcher.State {
  /// The runs of these blocks of which memory has none.
  func runsNotInMemory(_ blocks: Range<UInt32>, of binary: BinaryID) -> [Range<UInt32>] {
    blocks.split { recent.contains(BlockAddress(binary, $0)) }
  }
}

extension Range<UInt32> {
  /// The runs of the range's numbers that the test does not hold.
  fileprivate func split(where isSeparator: (UInt32) -> Bool) -> [Range<UInt32>] {
    var runs: [Range<UInt32>] = []
    var start = lowerBound
    for number in self where isSeparator(number) {
      if start < number { runs.append(start..<number) }
      start = number + 1
    }
    if start < upperBound { runs.append(start..<upperBound) }
    return runs
  }
}
