import TestSupport
import Testing

@testable import FUSFSCore

struct FetchQueueTests {
  private let one = BinaryID(name: "one", size: 1 << 30, crc32: nil)
  private let two = BinaryID(name: "two", size: 1 << 30, crc32: nil)

  @Test func aBlockIsFetchedOnceHoweverOftenItIsAskedFor() {
    var queue = FetchQueue()
    for _ in 0..<5 { queue.demand(BlockAddress(one, 3)) }
    queue.fetchAhead(0..<10, of: one)
    var fetched: [UInt32: Int] = [:]
    while let job = queue.next(allowed: 100, piece: 8, least: 1) {
      for index in job.blocks { fetched[index, default: 0] += 1 }
    }
    #expect(fetched.count == 10)
    #expect(fetched.values.allSatisfy { $0 == 1 })
  }

  @Test func aReadersBlockComesBeforeThoseWantedAhead() {
    var queue = FetchQueue()
    queue.fetchAhead(0..<4, of: one)
    queue.demand(BlockAddress(two, 9))
    #expect(queue.next(allowed: 4, piece: 8, least: 1)?.binary == two)
  }

  @Test func oneConnectionIsLeftForReadersElsewhere() throws {
    var queue = FetchQueue()
    queue.fetchAhead(0..<10, of: one)
    var jobs: [FetchQueue.Job] = []
    while let job = queue.next(allowed: 4, piece: 1, least: 1) { jobs.append(job) }
    #expect(jobs.count == 4)
    // A reader near them changes nothing, one of another binary does.
    queue.demand(BlockAddress(one, 40))
    #expect(queue.next(allowed: 4, piece: 1, least: 1) == nil)
    queue.ended(jobs.removeFirst())
    #expect(queue.next(allowed: 4, piece: 1, least: 1)?.blocks == 40..<41)
    queue.demand(BlockAddress(two, 0))
    queue.ended(jobs.removeFirst())
    #expect(queue.next(allowed: 4, piece: 1, least: 1)?.binary == two)
    queue.ended(jobs.removeFirst())
    #expect(queue.next(allowed: 4, piece: 1, least: 1) == nil)
    queue.ended(jobs.removeFirst())
    #expect(queue.next(allowed: 4, piece: 1, least: 1)?.binary == one)
  }

  @Test func aReaderTakesItsBlockOutOfWhatIsWantedAhead() {
    var queue = FetchQueue()
    queue.fetchAhead(0..<8, of: one)
    queue.demand(BlockAddress(one, 4))
    #expect(queue.next(allowed: 1, piece: 2, least: 1)?.blocks == 4..<6)
    #expect(queue.next(allowed: 8, piece: 8, least: 8)?.blocks == 0..<4)
    #expect(queue.next(allowed: 8, piece: 8, least: 8)?.blocks == 6..<8)
    #expect(queue.next(allowed: 8, piece: 8, least: 8) == nil)
  }

  @Test func whatIsWantedIsSharedOut() {
    var queue = FetchQueue()
    queue.fetchAhead(0..<40, of: one)
    queue.fetchAhead(40..<64, of: one)
    var sizes: [Int] = []
    while let job = queue.next(allowed: 4, piece: 100, least: 1) { sizes.append(job.blocks.count) }
    #expect(sizes == [16, 16, 16, 16])
    queue = FetchQueue()
    queue.fetchAhead(0..<64, of: one)
    #expect(queue.next(allowed: 4, piece: 10, least: 1)?.blocks == 0..<10)
    #expect(queue.next(allowed: 4, piece: 100, least: 30)?.blocks == 10..<40)
  }

  @Test func twoBinariesTakeTurns() {
    var queue = FetchQueue()
    queue.fetchAhead(0..<64, of: one)
    queue.fetchAhead(0..<64, of: two)
    var binaries: [BinaryID] = []
    while let job = queue.next(allowed: 4, piece: 8, least: 1) { binaries.append(job.binary) }
    #expect(binaries == [one, two, one, two])
  }

  @Test func whatIsForLaterGivesWayToAllElse() {
    var queue = FetchQueue()
    queue.prefetch(0..<8, of: one)
    queue.fetchAhead(4..<6, of: one)
    queue.demand(BlockAddress(one, 6))
    // What is for later does not come along with what a reader waits for.
    #expect(queue.next(allowed: 8, piece: 2, least: 2)?.blocks == 6..<7)
    #expect(queue.next(allowed: 8, piece: 2, least: 2)?.blocks == 4..<6)
    #expect(queue.next(allowed: 8, piece: 2, least: 2)?.blocks == 0..<2)
    #expect(queue.next(allowed: 8, piece: 2, least: 2)?.blocks == 2..<4)
    #expect(queue.next(allowed: 8, piece: 2, least: 2)?.blocks == 7..<8)
    #expect(queue.next(allowed: 8, piece: 2, least: 2) == nil)
  }

  @Test func whatIsForLaterLeavesAConnectionToReadersElsewhere() throws {
    var queue = FetchQueue()
    queue.prefetch(0..<10, of: one)
    let first = queue.next(allowed: 2, piece: 1, least: 1)
    #expect(first?.binary == one)
    queue.demand(BlockAddress(two, 0))
    let demanded = queue.next(allowed: 2, piece: 1, least: 1)
    #expect(demanded?.binary == two)
    queue.ended(try #require(demanded))
    #expect(queue.next(allowed: 2, piece: 1, least: 1) == nil)
    queue.ended(try #require(first))
    #expect(queue.next(allowed: 2, piece: 1, least: 1)?.binary == one)
  }

  @Test func whatIsFetchedAheadMakesWayOnceForAReaderElsewhere() throws {
    var queue = FetchQueue()
    queue.fetchAhead(0..<40, of: one)
    var jobs: [FetchQueue.Job] = []
    while let job = queue.next(allowed: 2, piece: 20, least: 20) { jobs.append(job) }
    #expect(jobs.map(\.blocks) == [0..<20, 20..<40])
    #expect(queue.jobToYield(allowed: 2) == nil)
    // Somebody reads the first job's blocks; of the second one has arrived.
    queue.demand(BlockAddress(one, 0))
    queue.arrived(BlockAddress(one, 20))
    queue.demand(BlockAddress(two, 7))
    #expect(queue.next(allowed: 2, piece: 20, least: 20) == nil)
    let job = queue.jobToYield(allowed: 2)
    #expect(job == jobs[1])
    queue.yielded(try #require(job))
    #expect(queue.next(allowed: 2, piece: 20, least: 20)?.binary == two)
    // What it had left comes later, and the next such reader waits for the connection that is left from now on.
    queue.demand(BlockAddress(two, 700))
    #expect(queue.jobToYield(allowed: 2) == nil)
    queue.ended(jobs[0])
    #expect(queue.next(allowed: 2, piece: 20, least: 20)?.blocks == 700..<701)
    #expect(queue.next(allowed: 8, piece: 20, least: 20)?.blocks == 21..<40)
    #expect(queue.next(allowed: 8, piece: 20, least: 20) == nil)
  }

  @Test func whereNoJobCanMakeWayTheFirstThatCanDoes() throws {
    var queue = FetchQueue()
    queue.fetchAhead(0..<40, of: one)
    var jobs: [FetchQueue.Job] = []
    while let job = queue.next(allowed: 2, piece: 20, least: 20) { jobs.append(job) }
    queue.demand(BlockAddress(two, 7))
    #expect(queue.next(allowed: 2, piece: 20, least: 20) == nil)
    #expect(queue.jobToYield(allowed: 2) { _ in false } == nil)
    #expect(queue.jobToYield(allowed: 2) { $0 == jobs[0] } == jobs[0])
    #expect(queue.jobToYield(allowed: 2) == nil)
    // And none does once the reader has been served.
    queue.yielded(jobs[0])
    #expect(queue.next(allowed: 2, piece: 20, least: 20)?.binary == two)
    #expect(queue.jobToYield(allowed: 2) == nil)
  }

  @Test func whatDidNotArriveCanBeAskedForAgain() throws {
    var queue = FetchQueue()
    queue.fetchAhead(0..<4, of: one)
    let next = queue.next(allowed: 2, piece: 8, least: 4)
    let job = try #require(next)
    queue.arrived(BlockAddress(one, 0))
    queue.ended(job)
    #expect(queue.isIdle)
    queue.demand(BlockAddress(one, 2))
    #expect(queue.next(allowed: 2, piece: 8, least: 1)?.blocks == 2..<3)
  }

  /// Random events against a plain set of what is under way.
  @Test(arguments: 0..<20) func neverTwoFetchesForABlockNorMoreJobsThanAllowed(seed: Int) {
    var random = SplitMix(seed: UInt64(seed))
    var queue = FetchQueue()
    var running: [FetchQueue.Job] = []
    var underWay: Set<BlockAddress> = []
    var demanded: Set<BlockAddress> = []
    for _ in 0..<2000 {
      let binary = Bool.random(using: &random) ? one : two
      switch Int.random(in: 0..<7, using: &random) {
      case 0:
        let address = BlockAddress(binary, UInt32.random(in: 0..<64, using: &random))
        queue.demand(address)
        if !underWay.contains(address) { demanded.insert(address) }
      case 1:
        let start = UInt32.random(in: 0..<60, using: &random)
        queue.fetchAhead(start..<start + 4, of: binary)
      case 2:
        let start = UInt32.random(in: 0..<50, using: &random)
        queue.prefetch(start..<start + 12, of: binary)
      case 3, 4:
        let allowed = Int.random(in: 0..<5, using: &random)
        let piece = UInt32.random(in: 0...8, using: &random)
        guard let job = queue.next(allowed: allowed, piece: piece, least: 1) else { continue }
        #expect(running.count < allowed)
        let addresses = job.blocks.map { BlockAddress(job.binary, $0) }
        #expect(underWay.isDisjoint(with: addresses))
        #expect(demanded.isEmpty || !demanded.isDisjoint(with: addresses))
        underWay.formUnion(addresses)
        demanded.subtract(addresses)
        running.append(job)
      case 5:
        guard let job = queue.jobToYield(allowed: running.count) else { continue }
        #expect(running.contains(job))
        running.removeAll { $0 == job }
        queue.yielded(job)
        underWay.subtract(job.blocks.map { BlockAddress(job.binary, $0) })
      default:
        guard !running.isEmpty else { continue }
        let job = running.remove(at: Int.random(in: 0..<running.count, using: &random))
        let arrived = Int.random(in: 0...job.blocks.count, using: &random)
        for index in job.blocks.prefix(arrived) { queue.arrived(BlockAddress(job.binary, index)) }
        queue.ended(job)
        for index in job.blocks { underWay.remove(BlockAddress(job.binary, index)) }
      }
      #expect(queue.activeJobs == running.count)
      #expect(queue.underWay == underWay.count)
    }
  }
}
