import TestSupport

@testable import FUSFSCore

/// Readers of one binary on a link that is computed: the fetcher's rules without its threads, and what they make of it.
///
/// A request's first byte comes after the pause, its bytes at the connection's rate; a block arrives when its last byte
/// does. What arrives is given to a writer of its own rate.
struct LinkSimulation {
  struct Link {
    /// Seconds between a request and its first byte.
    var pause: Double
    /// Bytes a second of each connection.
    var rate: Double
    var connections: Int
    /// From when on the rate is what part of it: nothing for a link that has gone.
    var changes: [(from: Double, factor: Double)] = []

    func rate(at time: Double) -> Double { rate * (changes.last { $0.from <= time }?.factor ?? 1) }

    /// When so many bytes have come that begin to come then.
    func end(of bytes: Double, from start: Double) -> Double {
      var (time, left) = (start, bytes)
      for change in changes where change.from > time {
        let possible = (change.from - time) * rate(at: time)
        if possible >= left { break }
        left -= possible
        time = change.from
      }
      let rate = rate(at: time)
      return rate > 0 ? time + left / rate : .infinity
    }
  }

  enum Work {
    /// From the first block to before the last.
    case sequential(Range<UInt32>)
    /// Reads of 128 KiB at random places.
    case random(count: Int, seed: UInt64)
  }

  private struct Reader {
    var work: Work
    var random: SplitMix
    /// In bytes, or in reads done.
    var position: UInt64
    var missing: Set<UInt32> = []
    var began = 0.0
    var end: Double?
  }

  private struct Running {
    let job: FetchQueue.Job
    var next: UInt32
    let begun: Double
    var first: Double
    var due: Double
  }

  private static let block = Double(BlockGrid.blockSize)
  private static let requestLength: UInt64 = 128 << 10
  /// What a sequential reader asks for at once: so much the kernel reads ahead.
  private static let sequentialLength: UInt64 = 1 << 20
  /// Seconds that a reader takes for what it has read.
  private static let readTime = 0.000_1

  let link: Link
  let blockCount: UInt32
  let writerRate: Double
  let backlogLimit: Double
  private let binary = BinaryID(name: "simulated", size: 1 << 30, crc32: nil)
  private var queue = FetchQueue()
  private var streams: ReadAheadStreams
  private var size = RequestSize()
  private var limit: ConnectionLimit
  private var readers: [Reader] = []
  private var wakeups: [(time: Double, reader: Int)] = []
  private var running: [Int: Running] = [:]
  private var arrived: [Bool]
  private var now = 0.0
  private var backlogTime = 0.0

  // What is to be judged.
  var waits: [Double] { waitsOfReaders.flatMap { $0 } }
  private(set) var fetches: [UInt8]
  private(set) var backlog = 0.0
  private(set) var mostBacklog = 0.0
  private(set) var mostRunning = 0
  /// Seconds of each read, by reader.
  private(set) var waitsOfReaders: [[Double]] = []
  private(set) var fetched = 0
  private(set) var requests = 0

  init(_ link: Link, blockCount: UInt32, writerRate: Double = 400e6, backlogLimit: Double = 24 * 1_048_576) {
    self.link = link
    self.blockCount = blockCount
    self.writerRate = writerRate
    self.backlogLimit = backlogLimit
    streams = ReadAheadStreams(blockCount: blockCount)
    limit = ConnectionLimit(maximum: link.connections)
    arrived = Array(repeating: false, count: Int(blockCount))
    fetches = Array(repeating: 0, count: Int(blockCount))
  }

  /// Lets the readers do their work, each beginning at a time of its own; when each is done, in seconds. Nothing for
  /// one that is not done by `deadline`.
  mutating func run(_ work: [(at: Double, work: Work)], until deadline: Double = 1e6) -> [Double?] {
    for (index, (time, work)) in work.enumerated() {
      var reader = Reader(work: work, random: SplitMix(seed: 0), position: 0)
      switch work {
      case .sequential(let blocks): reader.position = UInt64(blocks.lowerBound) * UInt64(BlockGrid.blockSize)
      case .random(_, let seed): reader.random = SplitMix(seed: seed)
      }
      readers.append(reader)
      waitsOfReaders.append([])
      wakeups.append((time, index))
    }
    while readers.contains(where: { $0.end == nil }) {
      let wakeup = wakeups.indices.min { wakeups[$0].time < wakeups[$1].time }
      let job = running.values.min { ($0.due, $0.job.id) < ($1.due, $1.job.id) }
      let wakeupTime = wakeup.map { wakeups[$0].time } ?? .infinity
      let arrivalTime = job?.due ?? .infinity
      now = min(wakeupTime, arrivalTime)
      guard now <= deadline else { break }
      if let wakeup, wakeupTime <= arrivalTime {
        read(wakeups.remove(at: wakeup).reader)
      } else if let job {
        arrive(job)
      }
    }
    return readers.map(\.end)
  }

  // MARK: Readers

  private mutating func read(_ index: Int) {
    let bytes: Range<UInt64>
    switch readers[index].work {
    case .sequential(let blocks):
      let end = UInt64(blocks.upperBound) * UInt64(BlockGrid.blockSize)
      guard readers[index].position < end else {
        readers[index].end = now
        return
      }
      bytes = readers[index].position..<min(end, readers[index].position + Self.sequentialLength)
      readers[index].position = bytes.upperBound
    case .random(let count, _):
      guard readers[index].position < count else {
        readers[index].end = now
        return
      }
      readers[index].position += 1
      let last = UInt64(blockCount) * UInt64(BlockGrid.blockSize) - Self.requestLength
      let start = UInt64.random(in: 0...last, using: &readers[index].random) / 4096 * 4096
      bytes = start..<start + Self.requestLength
    }
    readers[index].began = now
    for start in stride(from: bytes.lowerBound, to: bytes.upperBound, by: Int(Self.requestLength)) {
      request(start..<min(bytes.upperBound, start + Self.requestLength), of: index)
    }
    if readers[index].missing.isEmpty { served(index) }
  }

  /// What the kernel asks for at once.
  private mutating func request(_ bytes: Range<UInt64>, of index: Int) {
    let size = UInt64(BlockGrid.blockSize)
    let blocks = UInt32(bytes.lowerBound / size)..<UInt32((bytes.upperBound - 1) / size + 1)
    let reach = reach
    let advice = streams.advice(afterReading: blocks) { reach }
    for block in blocks where !arrived[Int(block)] {
      readers[index].missing.insert(block)
      queue.demand(BlockAddress(binary, block))
    }
    if let advice {
      var start = advice.lowerBound
      for block in advice where arrived[Int(block)] {
        queue.fetchAhead(start..<block, of: binary)
        start = block + 1
      }
      queue.fetchAhead(start..<advice.upperBound, of: binary)
    }
    startJobs()
  }

  private mutating func served(_ index: Int) {
    waitsOfReaders[index].append(now - readers[index].began)
    wakeups.append((now + Self.readTime, index))
  }

  // MARK: Requests

  private var reach: Reach {
    Reach(size, connections: link.connections, largestRequest: largestRequest, room: 1 << 20)
  }

  private var largestRequest: Int {
    Reach.largestRequest(
      connections: link.connections, backlog: Int(backlog), backlogLimit: Int(backlogLimit))
  }

  private mutating func startJobs() {
    drain()
    let reach = reach
    let allowed = limit.allowed(at: now)
    while true {
      var newConnection = 0.0
      var next = queue.next(allowed: allowed, piece: reach.piece, least: reach.least)
      if next == nil, let job = queue.jobToYield(allowed: allowed) {
        queue.yielded(job)
        if let transfer = running.removeValue(forKey: job.id) {
          for block in transfer.next..<job.blocks.upperBound { fetches[Int(block)] -= 1 }
        }
        newConnection = link.pause
        next = queue.next(allowed: allowed, piece: reach.piece, least: reach.least)
      }
      guard let job = next else { break }
      requests += 1
      for block in job.blocks { fetches[Int(block)] += 1 }
      let start = now + max(0, backlog - backlogLimit) / writerRate + newConnection
      let first = link.end(of: 1, from: start + link.pause)
      running[job.id] = Running(
        job: job, next: job.blocks.lowerBound, begun: start, first: first,
        due: link.end(of: Self.block, from: first))
    }
    mostRunning = max(mostRunning, running.count)
  }

  private mutating func drain() {
    backlog = max(0, backlog - (now - backlogTime) * writerRate)
    backlogTime = now
  }

  private mutating func arrive(_ transfer: Running) {
    drain()
    backlog += Self.block
    mostBacklog = max(mostBacklog, backlog)
    fetched += BlockGrid.blockSize
    limit.received(BlockGrid.blockSize, active: queue.activeJobs, at: now)
    let block = transfer.next
    arrived[Int(block)] = true
    queue.arrived(BlockAddress(binary, block))
    var transfer = transfer
    transfer.next += 1
    let isFull = Int(backlog) > Reach.fullBacklog(Int(backlogLimit))
    if transfer.next == transfer.job.blocks.upperBound {
      running[transfer.job.id] = nil
      note(transfer)
      limit.succeeded()
      queue.ended(transfer.job)
      startJobs()
    } else if isFull {
      // The connection is given up; another brings the rest once there is room.
      note(transfer)
      let start = now + (backlog - backlogLimit) / writerRate + link.pause
      transfer.first = link.end(of: 1, from: start + link.pause)
      transfer.due = link.end(of: Self.block, from: transfer.first)
      running[transfer.job.id] = transfer
    } else {
      transfer.due = link.end(of: Self.block, from: now)
      running[transfer.job.id] = transfer
    }
    for index in readers.indices where readers[index].missing.remove(block) != nil {
      if readers[index].missing.isEmpty { served(index) }
    }
  }

  private mutating func note(_ transfer: Running) {
    let bytes = Int(transfer.next - transfer.job.blocks.lowerBound) * BlockGrid.blockSize
    size.ended(pause: transfer.first - transfer.begun, bytes: bytes, seconds: now - transfer.first)
  }
}
