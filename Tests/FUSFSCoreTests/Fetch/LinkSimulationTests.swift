import TestSupport
import Testing

@testable import FUSFSCore

/// What the rules make of links of all kinds.
@Suite(.timeLimit(.minutes(10)))
struct LinkSimulationTests {
  private typealias Link = LinkSimulation.Link

  private static let pauses = [0.005, 0.03, 0.1, 0.15, 0.3]
  private static let rates = [0.5e6, 3e6, 5e6, 20e6, 50e6]

  private func bytes(_ blocks: UInt32) -> Double { Double(blocks) * Double(BlockGrid.blockSize) }

  private func judge(_ simulation: LinkSimulation) {
    #expect(simulation.fetches.allSatisfy { $0 <= 1 }, "\(simulation.link)")
    #expect(simulation.mostRunning <= simulation.link.connections, "\(simulation.link)")
    #expect(
      simulation.mostBacklog < Double(BlockCache.limitsBeforeLoss) * simulation.backlogLimit,
      "\(simulation.link)")
  }

  /// Nine tenths of the link, where its bytes take long enough that a few round trips at the beginning do not count;
  /// and never more than those few lost.
  @Test(arguments: pauses, rates) func aSequentialReadFillsTheLink(pause: Double, rate: Double) {
    for connections in [1, 2, 3, 4, 8, 16] {
      let link = Link(pause: pause, rate: rate, connections: connections)
      let blocks: UInt32 = 2048
      var simulation = LinkSimulation(link, blockCount: blocks)
      let time = simulation.run([(0, .sequential(0..<blocks))])[0] ?? .infinity
      let least = bytes(blocks) / min(rate * Double(connections), simulation.writerRate)
      #expect(time <= 1.07 * least + 10 * pause, "\(link): \(least / time)")
      if least >= 120 * pause { #expect(least / time >= 0.9, "\(link): \(least / time)") }
      judge(simulation)
    }
  }

  /// The links on which it is measured, from 400 MiB on.
  @Test(arguments: [(0.03, 20e6), (0.15, 3e6), (0.03, 5e6)], [1600, 2048, 4096] as [UInt32])
  func aSequentialReadFillsTheLinksThatAreMeasured(link: (pause: Double, rate: Double), blocks: UInt32) {
    let link = Link(pause: link.pause, rate: link.rate, connections: 8)
    var simulation = LinkSimulation(link, blockCount: blocks)
    let time = simulation.run([(0, .sequential(0..<blocks))])[0] ?? .infinity
    #expect(bytes(blocks) / (8 * link.rate) / time >= 0.9)
    judge(simulation)
  }

  @Test(arguments: pauses, rates) func randomReadsFetchLittleMoreThanTheyNeed(pause: Double, rate: Double) {
    for connections in [1, 2, 4, 8, 16] {
      let link = Link(pause: pause, rate: rate, connections: connections)
      var simulation = LinkSimulation(link, blockCount: 4096)
      _ = simulation.run([(0, .random(count: 200, seed: UInt64(connections)))])
      let mean = simulation.waits.reduce(0, +) / Double(simulation.waits.count)
      #expect(Double(simulation.fetched) <= 4 * 200 * 128 * 1024, "\(link)")
      // A read touches two blocks at most, which one connection brings after one pause.
      #expect(mean <= 1.5 * pause + 2 * bytes(1) / rate, "\(link)")
      judge(simulation)
    }
  }

  /// A reader elsewhere while a copy takes all that the link gives.
  @Test(arguments: [(0.03, 20e6), (0.15, 3e6), (0.03, 1e6)]) func aReaderIsNotHeldUpByWhatIsFetchedAhead(
    link: (pause: Double, rate: Double)
  ) {
    let link = Link(pause: link.pause, rate: link.rate, connections: 8)
    var simulation = LinkSimulation(link, blockCount: 16384)
    let begin = 60 * link.pause
    _ = simulation.run([(0, .sequential(0..<8192)), (begin, .random(count: 20, seed: 5))], until: 200)
    let waits = simulation.waitsOfReaders[1].sorted()
    let needed = 2 * link.pause + 2 * bytes(1) / link.rate
    #expect(waits.count == 20)
    #expect(waits.dropLast(2).allSatisfy { $0 <= 1.1 * needed }, "\(waits)")
    // A block that a request brings already is not asked for again, though it comes towards that one's end.
    #expect(waits.allSatisfy { $0 <= needed + 20 * link.pause }, "\(waits)")
    judge(simulation)
  }

  /// A writer that is far behind the link holds the link up; memory stays within its bounds.
  @Test(arguments: [10e6, 50e6, 150e6]) func aSlowWriterIsNeverOverrun(writerRate: Double) {
    let link = Link(pause: 0.005, rate: 50e6, connections: 16)
    var simulation = LinkSimulation(link, blockCount: 2048, writerRate: writerRate)
    let time = simulation.run([(0, .sequential(0..<2048))])[0] ?? .infinity
    #expect(bytes(2048) / writerRate / time >= 0.85)
    judge(simulation)
  }

  /// The link goes for three seconds, and changes a hundredfold down and up.
  @Test(arguments: [(0.03, 20e6), (0.15, 3e6)]) func aLinkThatChangesIsFollowed(
    link: (pause: Double, rate: Double)
  ) {
    var link = Link(pause: link.pause, rate: link.rate, connections: 8)
    let fast = bytes(1 << 14) / (8 * link.rate)
    link.changes = [
      (0.1 * fast, 0), (0.1 * fast + 3, 1), (0.3 * fast + 3, 0.01), (0.3 * fast + 13, 1),
    ]
    var simulation = LinkSimulation(link, blockCount: 1 << 14)
    let time = simulation.run([(0, .sequential(0..<1 << 14))])[0] ?? .infinity
    // Thirteen seconds bring hardly anything.
    #expect(fast / (time - 13) >= 0.85, "\(fast / (time - 13))")
    judge(simulation)
  }
}
