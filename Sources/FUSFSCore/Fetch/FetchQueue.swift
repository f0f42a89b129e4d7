/// What is to be fetched, in which order, and what is under way: the fetcher's rules, without its I/O.
///
/// A block is at any time in one place only: wanted by a reader, wanted ahead, wanted for later, or under way in one job.
/// A reader's blocks come before those wanted ahead, and these before those for later; and once readers have wanted
/// blocks elsewhere than where all is being fetched that they do not wait for, one connection is left for them for a
/// while, and the first of them is given it at once.
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

  private var places: [BlockAddress: Place] = [:]
  private var demanded: [BlockAddress] = []
  private var ahead: [Run] = []
  private var later: [Run] = []
  /// Blocks under way.
  private(set) var underWay = 0
  private var nextJob = 0
  private var running: [Int: Job] = [:]
  /// Jobs of which a reader waits for a block, or has.
  private var awaited: Set<Int> = []
  private var isYieldDue = false
  /// Jobs for what no reader waits for that still leave a connection free.
  private var jobsWithReserve = 0

  /// Blocks between two places at which one reader may be.
  private static let neighbourhood: UInt32 = 64
  private static let reserveJobs = 64
  /// Blocks that are not worth more than one request.
  private static let leastShare: UInt32 = 2

  var activeJobs: Int { running.count }

  /// Whether a block is wanted that is not under way.
  var isWaiting: Bool { places.count > underWay }
  var isIdle: Bool { places.isEmpty && activeJobs == 0 }

  /// A reader waits for the block.
  mutating func demand(_ address: BlockAddress) {
    switch places[address] {
    case .demanded: return
    case .underWay(let job): awaited.insert(job)
    case .ahead, .later, nil:
      if places[address] == nil, isElsewhere(address) {
        isYieldDue = isYieldDue || jobsWithReserve == 0
        jobsWithReserve = Self.reserveJobs
      }
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
  mutating func fetchAhead(_ blocks: Range<UInt32>, of binary: BinaryID) {
    for run in runs(of: blocks, binary, isFree: { $0 == nil || $0 == .later }) {
      for index in run.blocks { places[BlockAddress(binary, index)] = .ahead }
      Self.add(run, to: &ahead)
    }
  }

  /// The blocks are to be had when there is nothing better to do. Those that are wanted or under way already are left
  /// as they are.
  mutating func prefetch(_ blocks: Range<UInt32>, of binary: BinaryID) {
    for run in runs(of: blocks, binary, isFree: { $0 == nil }) {
      for index in run.blocks { places[BlockAddress(binary, index)] = .later }
      Self.add(run, to: &later)
    }
  }

  /// Joins the run to one that ends where it begins, so that requests can be large.
  private static func add(_ run: Run, to runs: inout [Run]) {
    if let index = runs.firstIndex(where: {
      $0.binary == run.binary && $0.blocks.upperBound == run.blocks.lowerBound
    }) {
      runs[index] = Run(binary: run.binary, blocks: runs[index].blocks.lowerBound..<run.blocks.upperBound)
    } else {
      runs.append(run)
    }
  }

  /// The contiguous runs of free blocks.
  private func runs(of blocks: Range<UInt32>, _ binary: BinaryID, isFree: (Place?) -> Bool) -> [Run] {
    var runs: [Run] = []
    var start = blocks.lowerBound
    while start < blocks.upperBound {
      var end = start
      while end < blocks.upperBound, isFree(places[BlockAddress(binary, end)]) { end += 1 }
      if start < end { runs.append(Run(binary: binary, blocks: start..<end)) }
      start = max(end, start + 1)
    }
    return runs
  }

  /// The next job to start while `allowed` may run at once, readers' blocks first.
  ///
  /// What is wanted and under way is shared out among the connections, so that all are done at about the same time.
  ///
  /// - Parameters:
  ///   - piece: the most blocks that one request asks for.
  ///   - least: blocks that are worth a request of their own.
  mutating func next(allowed: Int, piece: UInt32, least: UInt32) -> Job? {
    guard activeJobs < allowed else { return nil }
    if let job = nextDemanded(free: allowed - activeJobs, piece) { return job }
    guard activeJobs < (jobsWithReserve > 0 ? max(1, allowed - 1) : allowed) else { return nil }
    let underWay = underWay
    let size = { (wanted: UInt32) in
      min(max(1, piece), max(1, least, UInt32(clamping: (Int(wanted) + underWay) / allowed)))
    }
    guard let job = next(in: \.ahead, of: .ahead, size) ?? next(in: \.later, of: .later, size) else {
      return nil
    }
    jobsWithReserve = max(0, jobsWithReserve - 1)
    return job
  }

  /// - Parameter free: connections, among which what readers want is shared out.
  private mutating func nextDemanded(free: Int, _ piece: UInt32) -> Job? {
    while !demanded.isEmpty {
      let first = demanded.removeFirst()
      guard places[first] == .demanded else { continue }
      var end = first.index + 1
      // What is wanted ahead right behind comes along: blocks are served as they arrive, so it delays nobody.
      while end - first.index < max(1, piece), end < .max, isWanted(BlockAddress(first.binary, end)) {
        end += 1
      }
      let share = max(Self.leastShare, (end - first.index + UInt32(free) - 1) / UInt32(free))
      let job = start(first.binary, first.index..<min(end, first.index + share))
      awaited.insert(job.id)
      isYieldDue = false
      return job
    }
    return nil
  }

  private func isWanted(_ address: BlockAddress) -> Bool {
    switch places[address] {
    case .demanded, .ahead: true
    case .later, .underWay, nil: false
    }
  }

  /// The next job of these runs, of blocks that are still in their place. Runs take turns.
  ///
  /// - Parameter size: how many blocks of so many that are wanted to ask for.
  private mutating func next(
    in runs: WritableKeyPath<Self, [Run]>, of place: Place, _ size: (UInt32) -> UInt32
  ) -> Job? {
    while !self[keyPath: runs].isEmpty {
      let run = self[keyPath: runs].removeFirst()
      // A reader may have taken blocks out of the run meanwhile.
      guard let first = run.blocks.first(where: { places[BlockAddress(run.binary, $0)] == place })
      else { continue }
      var end = first + 1
      let most = min(run.blocks.upperBound, first + size(run.blocks.upperBound - first))
      while end < most, places[BlockAddress(run.binary, end)] == place { end += 1 }
      if end < run.blocks.upperBound {
        self[keyPath: runs].append(Run(binary: run.binary, blocks: end..<run.blocks.upperBound))
      }
      return start(run.binary, first..<end)
    }
    return nil
  }

  private mutating func start(_ binary: BinaryID, _ blocks: Range<UInt32>) -> Job {
    nextJob += 1
    for index in blocks { places[BlockAddress(binary, index)] = .underWay(job: nextJob) }
    underWay += blocks.count
    let job = Job(id: nextJob, binary: binary, blocks: blocks)
    running[job.id] = job
    return job
  }

  mutating func arrived(_ address: BlockAddress) {
    if case .underWay = places.removeValue(forKey: address) { underWay -= 1 }
  }

  /// The job that is to make way for a reader who wants something else than all that is being fetched, if one is: the
  /// one that would go on longest. Only the first such reader is served so; for those after it a connection is left.
  ///
  /// - Parameter canYield: whether the job can make way now. Where none can, the first that is asked about when it can
  ///   does.
  mutating func jobToYield(allowed: Int, canYield: (Job) -> Bool = { _ in true }) -> Job? {
    guard isYieldDue, activeJobs >= allowed else { return nil }
    guard demanded.contains(where: { places[$0] == .demanded }) else {
      isYieldDue = false
      return nil
    }
    let able = running.values.filter { !awaited.contains($0.id) && canYield($0) }
    isYieldDue = able.isEmpty
    return able.max { left, right in
      (blocksLeft(of: left), left.id) < (blocksLeft(of: right), right.id)
    }
  }

  private func blocksLeft(of job: Job) -> Int {
    job.blocks.count { places[BlockAddress(job.binary, $0)] == .underWay(job: job.id) }
  }

  /// The job is over before its time; what of it has not arrived is wanted ahead as before.
  mutating func yielded(_ job: Job) {
    let left = job.blocks.filter { places[BlockAddress(job.binary, $0)] == .underWay(job: job.id) }
    ended(job)
    guard let first = left.first, let last = left.last else { return }
    let runs = runs(of: first..<last + 1, job.binary, isFree: { $0 == nil })
    for run in runs { for index in run.blocks { places[BlockAddress(run.binary, index)] = .ahead } }
    ahead.insert(contentsOf: runs, at: 0)
  }

  /// The job is over; blocks of it that never arrived are wanted by nobody until somebody asks again.
  mutating func ended(_ job: Job) {
    running[job.id] = nil
    awaited.remove(job.id)
    for index in job.blocks where places[BlockAddress(job.binary, index)] == .underWay(job: job.id) {
      places[BlockAddress(job.binary, index)] = nil
      underWay -= 1
    }
  }
}
