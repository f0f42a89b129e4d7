import TestSupport
import Testing

@testable import FUSFSCore

struct FetchQueueTests {
  private let one = BinaryID(name: "one", size: 1 << 30, crc32: nil)
  private let two = BinaryID(name: "two", size: 1 << 30, crc32: nil)

  @Test func aBlockIsFetchedOnceHoweverOftenItIsAskedFor() {
    var queue = FetchQueue(maximumDemand: 8)
    for _ in 0..<5 { queue.demand(BlockAddress(one, 3)) }
    queue.fetchAhead(0..<10, of: one, pieceBlocks: 100)
    var fetched: [UInt32: Int] = [:]
    while let job = queue.next(allowed: 100) {
      for index in job.blocks { fetched[index, default: 0] += 1 }
    }
    #expect(fetched.count == 10)
    #expect(fetched.values.allSatisfy { $0 == 1 })
  }

  @Test func aReadersBlockComesBeforeThoseWantedAhead() {
    var queue = FetchQueue(maximumDemand: 1)
    queue.fetchAhead(0..<4, of: one, pieceBlocks: 1)
    queue.demand(BlockAddress(two, 9))
    #expect(queue.next(allowed: 4)?.binary == two)
  }

  @Test func oneConnectionIsLeftForReadersElsewhere() throws {
    var queue = FetchQueue(maximumDemand: 1)
    queue.fetchAhead(0..<10, of: one, pieceBlocks: 1)
    var jobs: [FetchQueue.Job] = []
    while let job = queue.next(allowed: 4) { jobs.append(job) }
    #expect(jobs.count == 4)
    // A reader near them changes nothing, one of another binary does.
    queue.demand(BlockAddress(one, 40))
    #expect(queue.next(allowed: 4) == nil)
    queue.ended(jobs.removeFirst())
    #expect(queue.next(allowed: 4)?.blocks == 40..<41)
    queue.demand(BlockAddress(two, 0))
    queue.ended(jobs.removeFirst())
    #expect(queue.next(allowed: 4)?.binary == two)
    queue.ended(jobs.removeFirst())
    #expect(queue.next(allowed: 4) == nil)
    queue.ended(jobs.removeFirst())
    #expect(queue.next(allowed: 4)?.binary == one)
  }

  @Test func aReaderTakesItsBlockOutOfWhatIsWantedAhead() {
    var queue = FetchQueue(maximumDemand: 2)
    queue.fetchAhead(0..<8, of: one, pieceBlocks: 8)
    queue.demand(BlockAddress(one, 4))
    let demanded = queue.next(allowed: 1)
    #expect(demanded?.blocks == 4..<6)
    #expect(queue.next(allowed: 8)?.blocks == 0..<4)
    #expect(queue.next(allowed: 8)?.blocks == 6..<8)
    #expect(queue.next(allowed: 8) == nil)
  }

  @Test func whatIsForLaterGivesWayToAllElse() {
    var queue = FetchQueue(maximumDemand: 4)
    queue.prefetch(0..<8, of: one, pieceBlocks: 2)
    queue.fetchAhead(4..<6, of: one, pieceBlocks: 2)
    queue.demand(BlockAddress(one, 6))
    // What is for later does not come along with what a reader waits for.
    #expect(queue.next(allowed: 8)?.blocks == 6..<7)
    #expect(queue.next(allowed: 8)?.blocks == 4..<6)
    #expect(queue.next(allowed: 8)?.blocks == 0..<2)
    #expect(queue.next(allowed: 8)?.blocks == 2..<4)
    #expect(queue.next(allowed: 8)?.blocks == 7..<8)
    #expect(queue.next(allowed: 8) == nil)
  }

  @Test func whatIsForLaterLeavesAConnectionToReadersElsewhere() throws {
    var queue = FetchQueue(maximumDemand: 1)
    queue.prefetch(0..<10, of: one, pieceBlocks: 1)
    let first = queue.next(allowed: 2)
    #expect(first?.binary == one)
    queue.demand(BlockAddress(two, 0))
    let demanded = queue.next(allowed: 2)
    #expect(demanded?.binary == two)
    queue.ended(try #require(demanded))
    #expect(queue.next(allowed: 2) == nil)
    queue.ended(try #require(first))
    #expect(queue.next(allowed: 2)?.binary == one)
  }

  @Test func whatDidNotArriveCanBeAskedForAgain() throws {
    var queue = FetchQueue(maximumDemand: 8)
    queue.fetchAhead(0..<4, of: one, pieceBlocks: 4)
    let next = queue.next(allowed: 2)
    let job = try #require(next)
    queue.arrived(BlockAddress(one, 0))
    queue.ended(job)
    #expect(queue.isIdle)
    queue.demand(BlockAddress(one, 2))
    #expect(queue.next(allowed: 2)?.blocks == 2..<3)
  }

  /// Random events against a plain set of what is under way.
  @Test(arguments: 0..<20) func neverTwoFetchesForABlockNorMoreJobsThanAllowed(seed: Int) {
    var random = SplitMix(seed: UInt64(seed))
    var queue = FetchQueue(maximumDemand: 4)
    var running: [FetchQueue.Job] = []
    var underWay: Set<BlockAddress> = []
    var demanded: Set<BlockAddress> = []
    for _ in 0..<2000 {
      let binary = Bool.random(using: &random) ? one : two
      switch Int.random(in: 0..<6, using: &random) {
      case 0:
        let address = BlockAddress(binary, UInt32.random(in: 0..<64, using: &random))
        queue.demand(address)
        if !underWay.contains(address) { demanded.insert(address) }
      case 1:
        let start = UInt32.random(in: 0..<60, using: &random)
        queue.fetchAhead(start..<start + 4, of: binary, pieceBlocks: UInt32.random(in: 1...4, using: &random))
      case 2:
        let start = UInt32.random(in: 0..<50, using: &random)
        queue.prefetch(start..<start + 12, of: binary, pieceBlocks: UInt32.random(in: 1...8, using: &random))
      case 3, 4:
        let allowed = Int.random(in: 0..<5, using: &random)
        guard let job = queue.next(allowed: allowed) else { continue }
        #expect(running.count < allowed)
        let addresses = job.blocks.map { BlockAddress(job.binary, $0) }
        #expect(underWay.isDisjoint(with: addresses))
        #expect(demanded.isEmpty || !demanded.isDisjoint(with: addresses))
        underWay.formUnion(addresses)
        demanded.subtract(addresses)
        running.append(job)
      default:
        guard !running.isEmpty else { continue }
        let job = running.remove(at: Int.random(in: 0..<running.count, using: &random))
        let arrived = Int.random(in: 0...job.blocks.count, using: &random)
        for index in job.blocks.prefix(arrived) { queue.arrived(BlockAddress(job.binary, index)) }
        queue.ended(job)
        for index in job.blocks { underWay.remove(BlockAddress(job.binary, index)) }
      }
      #expect(queue.activeJobs == running.count)
      #expect(queue.blocksUnderWay == underWay.count)
    }
  }
}
