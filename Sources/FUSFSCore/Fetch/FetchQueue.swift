/// What is to be fetched, in which order, and what is under way: the fetcher's rules, without its I/O.
///
/// A block is at any time in one place only: wanted by a reader, wanted ahead, wanted for later, or under way in one job.
/// A reader's blocks come before those wanted ahead, and these before those for later; and once readers have wanted
/// blocks elsewhere than where all is being fetched that they do not wait for, one connection is left for them for a
/// while.
struct FetchQueue {
  /// A contiguous run of blocks that one request fetches.
  struct Job: Equatable {
    let id: Int
    let binary: BinaryID
    let blocks: Range<UInt32>
  }

  private struct Run {
    let binary: BinaryID
    let blocks: Range<UInt32>
  }

  private enum Place: Equatable {
    case demanded
    case ahead
    case later
    case underWay(job: Int)
  }

  /// The most blocks that one request of a reader's asks for.
  private let maximumDemand: UInt32
  private var places: [BlockAddress: Place] = [:]
  private var demanded: [BlockAddress] = []
  private var ahead: [Run] = []
  private var later: [Run] = []
  private var nextJob = 0
  private var running: [Int: Job] = [:]
  /// Jobs for what no reader waits for that still leave a connection free.
  private var jobsWithReserve = 0

  /// Blocks between two places at which one reader may be.
  private static let neighbourhood: UInt32 = 64
  private static let reserveJobs = 64
  /// Blocks that are not worth more than one request.
  private static let leastShare: UInt32 = 2

  var activeJobs: Int { running.count }

  init(maximumDemand: UInt32) {
    self.maximumDemand = max(1, maximumDemand)
  }

  var isIdle: Bool { places.isEmpty && activeJobs == 0 }
  var blocksUnderWay: Int { places.values.count { if case .underWay = $0 { true } else { false } } }

  /// A reader waits for the block.
  mutating func demand(_ address: BlockAddress) {
    switch places[address] {
    case .demanded, .underWay: return
    case .ahead, .later, nil:
      if places[address] == nil, isElsewhere(address) { jobsWithReserve = Self.reserveJobs }
      places[address] = .demanded
      demanded.append(address)
    }
  }

  /// Whether something is being fetched, but nothing near the block.
  private func isElsewhere(_ address: BlockAddress) -> Bool {
    !running.isEmpty
      && running.values.allSatisfy { job in
        job.binary != address.binary || address.index > job.blocks.upperBound &+ Self.neighbourhood
          || address.index &+ Self.neighbourhood < job.blocks.lowerBound
      }
  }

  /// Whether the block is wanted or under way.
  func contains(_ address: BlockAddress) -> Bool { places[address] != nil }

  /// The blocks will be wanted soon. Those that are wanted by a reader, wanted ahead or under way already are left as
  /// they are.
  mutating func fetchAhead(_ blocks: Range<UInt32>, of binary: BinaryID, pieceBlocks: UInt32) {
    for run in runs(of: blocks, binary, pieceBlocks, isFree: { $0 == nil || $0 == .later }) {
      for index in run.blocks { places[BlockAddress(binary, index)] = .ahead }
      ahead.append(run)
    }
  }

  /// The blocks are to be had when there is nothing better to do. Those that are wanted or under way already are left
  /// as they are.
  mutating func prefetch(_ blocks: Range<UInt32>, of binary: BinaryID, pieceBlocks: UInt32) {
    for run in runs(of: blocks, binary, pieceBlocks, isFree: { $0 == nil }) {
      for index in run.blocks { places[BlockAddress(binary, index)] = .later }
      later.append(run)
    }
  }

  /// The contiguous runs of free blocks, each of a piece at most.
  private func runs(
    of blocks: Range<UInt32>, _ binary: BinaryID, _ pieceBlocks: UInt32, isFree: (Place?) -> Bool
  ) -> [Run] {
    var runs: [Run] = []
    var start = blocks.lowerBound
    while start < blocks.upperBound {
      var end = start
      while end < blocks.upperBound, end - start < max(1, pieceBlocks),
        isFree(places[BlockAddress(binary, end)])
      {
        end += 1
      }
      if start < end { runs.append(Run(binary: binary, blocks: start..<end)) }
      start = max(end, start + 1)
    }
    return runs
  }

  /// The next job to start while `allowed` may run at once, readers' blocks first.
  mutating func next(allowed: Int) -> Job? {
    guard activeJobs < allowed else { return nil }
    if let job = nextDemanded(free: allowed - activeJobs) { return job }
    guard activeJobs < (jobsWithReserve > 0 ? max(1, allowed - 1) : allowed) else { return nil }
    guard let job = next(in: \.ahead, of: .ahead) ?? next(in: \.later, of: .later) else { return nil }
    jobsWithReserve = max(0, jobsWithReserve - 1)
    return job
  }

  /// - Parameter free: connections, among which what readers want is shared out.
  private mutating func nextDemanded(free: Int) -> Job? {
    while !demanded.isEmpty {
      let first = demanded.removeFirst()
      guard places[first] == .demanded else { continue }
      var end = first.index + 1
      // What is wanted ahead right behind comes along: blocks are served as they arrive, so it delays nobody.
      while end - first.index < maximumDemand, end < .max, isWanted(BlockAddress(first.binary, end)) {
        end += 1
      }
      let share = max(Self.leastShare, (end - first.index + UInt32(free) - 1) / UInt32(free))
      return start(first.binary, first.index..<min(end, first.index + share))
    }
    return nil
  }

  private func isWanted(_ address: BlockAddress) -> Bool {
    switch places[address] {
    case .demanded, .ahead: true
    case .later, .underWay, nil: false
    }
  }

  /// The next job of these runs, of blocks that are still in their place.
  private mutating func next(in runs: WritableKeyPath<Self, [Run]>, of place: Place) -> Job? {
    while !self[keyPath: runs].isEmpty {
      let run = self[keyPath: runs].removeFirst()
      // A reader may have taken blocks out of the run meanwhile: what is left of it is asked for in one piece each.
      guard let first = run.blocks.first(where: { places[BlockAddress(run.binary, $0)] == place })
      else { continue }
      var end = first + 1
      while end < run.blocks.upperBound, places[BlockAddress(run.binary, end)] == place { end += 1 }
      if end < run.blocks.upperBound {
        self[keyPath: runs].insert(Run(binary: run.binary, blocks: end..<run.blocks.upperBound), at: 0)
      }
      return start(run.binary, first..<end)
    }
    return nil
  }

  private mutating func start(_ binary: BinaryID, _ blocks: Range<UInt32>) -> Job {
    nextJob += 1
    for index in blocks { places[BlockAddress(binary, index)] = .underWay(job: nextJob) }
    let job = Job(id: nextJob, binary: binary, blocks: blocks)
    running[job.id] = job
    return job
  }

  mutating func arrived(_ address: BlockAddress) {
    places[address] = nil
  }

  /// The job is over; blocks of it that never arrived are wanted by nobody until somebody asks again.
  mutating func ended(_ job: Job) {
    running[job.id] = nil
    for index in job.blocks where places[BlockAddress(job.binary, index)] == .underWay(job: job.id) {
      places[BlockAddress(job.binary, index)] = nil
    }
  }
}
