import FUSNet
import FirmwareFormats
import Glibc
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

@Suite(.timeLimit(.minutes(10)), .threadsOfItsOwn) struct FetcherTests {
  private let folder = TemporaryDirectory()
  private let pool = WorkerPool(threads: 2, name: "test")
  private let plain: [UInt8]

  init() {
    var random = SplitMix(seed: 11)
    plain = random.bytes(5 * BlockGrid.blockSize / 2 + 1000)
  }

  private func opened(
    _ source: FakeSource?, patience: Duration = .seconds(20), connections: Int = 4
  ) throws -> (CachedBinary, BlockCache, Fetcher) {
    let log = Log()
    let cache = try BlockCache.open(
      directory: folder.path, limit: 1 << 30, access: .readWrite, log: log)
    let fetcher = Fetcher(
      configuration: .init(connections: connections, memory: 64 << 20, patience: patience), cache: cache,
      pool: pool, log: log)
    let grid = try #require(BlockGrid(size: UInt64(plain.count)))
    let target = FetchTarget(
      id: cache.binary(name: "test.zip.enc4", size: grid.size, crc32: nil), name: "test.zip.enc4", grid: grid,
      source: source)
    return (CachedBinary(target, fetcher: fetcher), cache, fetcher)
  }

  @Test func bytesAreThoseOfTheServer() async throws {
    let (binary, cache, _) = try opened(FakeSource(plain))
    defer { cache.close() }
    #expect(try await binary.bytes(at: 0, count: plain.count) == plain)
    #expect(try await binary.bytes(at: 77_777, count: 300_000) == Array(plain[77_777..<377_777]))
  }

  @Test func manyReadersCauseOneFetch() async throws {
    let source = FakeSource(plain, isHeld: true)
    let (binary, cache, fetcher) = try opened(source)
    defer { cache.close() }
    let expected = Array(plain[1000..<1500])
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<50 {
        group.addTask { (try? await binary.bytes(at: 1000, count: 500)) == expected }
      }
      #expect(await eventually { fetcher.activity.waitingReads == 50 })
      source.release()
      for await isRight in group { #expect(isRight) }
    }
    #expect(source.ranges.count == 1)
  }

  /// Else what it brings could not be forgotten.
  @Test func aRequestIsKnownBeforeItsFirstByte() async throws {
    let unknown = Locked(0)
    let fetchers = Locked<[Fetcher]>([])
    let source = FakeSource(plain) { range in
      let isKnown = fetchers.withLock(\.first)?.activity.requests.contains { $0.bytes == range } ?? false
      if !isKnown { unknown.withLock { $0 += 1 } }
    }
    let (binary, cache, fetcher) = try opened(source)
    defer { cache.close() }
    fetchers.withLock { $0 = [fetcher] }
    defer { fetchers.withLock { $0 = [] } }
    // Another who is often at it, so that whoever makes a request has to wait.
    let (isOver, ended) = (Locked(false), Wakeup())
    startThread(name: "other") {
      while !isOver.withLock({ $0 }) {
        fetcher.state.withLock { _ in _ = usleep(100) }
        usleep(50)
      }
      ended.signal()
    }
    for _ in 0..<100 {
      #expect(try await binary.bytes(at: UInt64(plain.count - 1), count: 1) == Array(plain.suffix(1)))
      binary.forget(0..<binary.size)
    }
    isOver.withLock { $0 = true }
    #expect(ended.wait(milliseconds: 60_000))
    #expect(source.ranges.count >= 100)
    #expect(unknown.withLock { $0 } == 0)
  }

  @Test func theRestOfAForgottenAnswerIsDropped() async throws {
    let source = FakeSource(plain, faults: [.pauseAndFlip(after: 100_000)], isHeld: true)
    let (binary, cache, _) = try opened(source)
    defer { cache.close() }
    async let read = binary.bytes(at: 0, count: plain.count)
    #expect(await eventually { source.delivered == 100_000 })
    binary.forget(0..<binary.size)
    source.release()
    #expect(try await read == plain)
    await cache.flush()
    #expect(try await binary.bytes(at: 0, count: plain.count) == plain)
  }

  /// One reads what the cache did not take when it came, and offers it again, while another finds that it is damaged:
  /// whoever sees that it is no longer to be offered must see it in the cache too.
  @Test func whatIsForgottenIsNotKeptAgain() throws {
    let (binary, cache, fetcher) = try opened(FakeSource(plain))
    defer { cache.close() }
    let (target, last) = (binary.target, binary.target.grid.count - 1)
    let bytes = target.grid.bytes(ofBlock: last)
    let block = ByteBlock(copying: plain[Int(bytes.lowerBound)..<Int(bytes.upperBound)])
    fetcher.state.withLock { state in
      state.recent.insert(block, at: BlockAddress(target.id, last))
      state.unkept.insert(BlockAddress(target.id, last))
    }
    let (read, seen) = (Wakeup(), Wakeup())
    // The cache takes nothing while its lock is held.
    let isSeenTooSoon = cache.state.withLock { _ in
      startThread(name: "reader") {
        var first = UniqueByteBlock(count: 1)
        _ = first.withMutableBytes { fetcher.copy(0..<1, ofBlock: last, of: target, into: &$0) }
        read.signal()
      }
      startThread(name: "other") {
        _ = eventuallyBlocking { fetcher.state.withLock { $0.unkept.isEmpty } }
        seen.signal()
      }
      return seen.wait(milliseconds: 500)
    }
    #expect(!isSeenTooSoon)
    #expect(read.wait(milliseconds: 60_000) && seen.wait(milliseconds: 60_000))
    #expect(isEqual(cache.block(last, of: target.id), block))
    fetcher.forget(last..<last + 1, of: target)
    #expect(cache.block(last, of: target.id) == nil)
  }

  @Test func whatIsKeptIsNotFetchedAgain() async throws {
    let source = FakeSource(plain)
    let (binary, cache, _) = try opened(source)
    _ = try await binary.bytes(at: 0, count: plain.count)
    await cache.flush()
    cache.close()
    let (again, secondCache, _) = try opened(nil)
    defer { secondCache.close() }
    #expect(try await again.bytes(at: 0, count: plain.count) == plain)
  }

  @Test func offlineWithoutTheBlockIsSaid() async throws {
    let (binary, cache, _) = try opened(nil)
    defer { cache.close() }
    await #expect { try await binary.bytes(at: 0, count: 1) } throws: { ($0 as? Failure)?.code == .offline }
  }

  /// Another program holds the lock of the database, so that the writer stands still.
  @Test func aDiskThatHangsKeepsNobodyFromReading() async throws {
    let log = Log()
    let cache = try BlockCache.open(
      directory: folder.path, limit: 1 << 30, backlogLimit: BlockGrid.blockSize, log: log)
    defer { cache.close() }
    let fetcher = Fetcher(
      configuration: .init(connections: 1, memory: 64 << 20, patience: .seconds(2)), cache: cache, pool: pool,
      log: log)
    var random = SplitMix(seed: 12)
    let plain = random.bytes(12 * BlockGrid.blockSize)
    let grid = try #require(BlockGrid(size: UInt64(plain.count)))
    let target = FetchTarget(
      id: cache.binary(name: "test.zip.enc4", size: grid.size, crc32: nil), name: "test.zip.enc4", grid: grid,
      source: FakeSource(plain))
    let other = try SQLiteConnection(path: "\(folder.path)/blocks.sqlite", access: .readWrite)
    try other.execute("BEGIN IMMEDIATE")
    let binary = CachedBinary(target, fetcher: fetcher)
    #expect(try await binary.bytes(at: 0, count: plain.count) == plain)
    try other.execute("COMMIT")
    let timesSaid = ["too slow", "Caching is suspended"].map { words in
      log.recentLines.filter { $0.contains(words) }.count
    }
    // On a machine that stands still for longer than the writer waits for the lock, the other line or both.
    #expect([[1, 0], [0, 1], [1, 1]].contains(timesSaid))
  }

  @Test func aSlowDiskNarrowsTheWindow() throws {
    let cache = try BlockCache.open(directory: folder.path, limit: 1 << 30, log: Log())
    defer { cache.close() }
    let fetcher = Fetcher(
      configuration: .init(connections: 1, memory: 8 * BlockGrid.blockSize, patience: .seconds(2)),
      cache: cache, pool: pool, log: Log())
    #expect(fetcher.reach.window > 2)
    cache.noteSlowWriting()
    // A quarter of what memory holds.
    #expect(fetcher.reach.window == 2)
  }

  @Test func faultsAreOutlived() async throws {
    let cause = Failure(.network, "The server failed.")
    let source = FakeSource(
      plain,
      faults: [
        .before(.retry(cause)), .halfway(.retry(cause)), .before(.coolDown(seconds: 0.05, cause)),
        .halfway(.coolDown(seconds: 0.01, cause)),
      ])
    let (binary, cache, _) = try opened(source, connections: 1)
    defer { cache.close() }
    #expect(try await binary.bytes(at: 0, count: plain.count) == plain)
    #expect(source.mostActive == 1)
  }

  @Test func aRefusalReachesTheReaderAtOnce() async throws {
    let source = FakeSource(plain, faults: [.before(.refused(Failure(.accessDenied, "No.")))])
    let (binary, cache, _) = try opened(source)
    defer { cache.close() }
    await #expect { try await binary.bytes(at: 0, count: 1) } throws: {
      ($0 as? Failure)?.code == .accessDenied
    }
    #expect(try await binary.bytes(at: 0, count: 10) == Array(plain[0..<10]))
  }

  @Test func patienceEnds() async throws {
    let cause = Failure(.network, "The server failed.")
    let source = FakeSource(plain, faults: Array(repeating: .before(.retry(cause)), count: 1000))
    let (binary, cache, _) = try opened(source, patience: .milliseconds(500))
    defer { cache.close() }
    await #expect { try await binary.bytes(at: 0, count: 1) } throws: { ($0 as? Failure) == cause }
  }

  /// The kernel asks again for the pages of a request that failed, for a program that was promised one deadline.
  @Test func whoseWaitHasEndedDoesNotJoinWhoWaitsOn() async throws {
    let cause = Failure(.network, "The server failed.")
    let source = FakeSource(
      plain, faults: Array(repeating: .before(.retry(cause)), count: 1000), isHeld: true)
    let (binary, cache, fetcher) = try opened(source, patience: .seconds(3))
    defer { cache.close() }
    // The failure is remembered for half a second: whoever asks again must not wait for a turn among other tests.
    let readers = WorkerPool(threads: 4, name: "readers")
    let late = Task(executorPreference: readers) {
      _ = await eventually { fetcher.activity.waitingReads == 1 }
      try await Pause.sleep(for: .seconds(2))
      return try await binary.bytes(at: 0, count: 1)
    }
    let release = Task(executorPreference: readers) {
      defer { source.release() }
      return await eventually { fetcher.activity.waitingReads == 2 }
    }
    let waiting = Task(executorPreference: readers) {
      for _ in 0..<2 {
        await #expect { try await binary.bytes(at: 0, count: 1) } throws: { ($0 as? Failure) == cause }
      }
      return fetcher.activity.waitingReads
    }
    #expect(await release.value)
    #expect(await waiting.value == 1)
    await #expect { try await late.value } throws: { ($0 as? Failure) == cause }
  }

  @Test func givingUpEndsOnlyOnesOwnWait() async throws {
    let source = FakeSource(plain, isHeld: true)
    let (binary, cache, fetcher) = try opened(source)
    defer { cache.close() }
    let patient = Task(executorPreference: ThreadsOfItsOwn.pool) { try await binary.bytes(at: 0, count: 100) }
    let impatient = Task(executorPreference: ThreadsOfItsOwn.pool) {
      try await binary.bytes(at: 0, count: 100)
    }
    #expect(await eventually { fetcher.activity.waitingReads == 2 })
    impatient.cancel()
    await #expect { try await impatient.value } throws: { ($0 as? Failure)?.code == .interrupted }
    source.release()
    #expect(try await patient.value == Array(plain[0..<100]))
    #expect(source.ranges.count == 1)
  }

  @Test func aSmallReadIsAnsweredFromTheBeginningOfItsBlock() async throws {
    let source = FakeSource(plain, faults: [.pause(after: 50_000)], isHeld: true)
    let (binary, cache, fetcher) = try opened(source)
    defer { cache.close() }
    #expect(try await binary.bytes(at: 1000, count: 4096) == Array(plain[1000..<5096]))
    #expect(await eventually { source.delivered == 50_000 })
    // Nothing comes any more that it could be answered at.
    #expect(try await binary.bytes(at: 30_000, count: 4096) == Array(plain[30_000..<34_096]))
    let next = Task(executorPreference: ThreadsOfItsOwn.pool) {
      try await binary.bytes(at: 40_000, count: 10_001)
    }
    #expect(await eventually { fetcher.activity.waitingReads == 1 })
    // The block is not whole, so neither memory nor the cache has it.
    #expect(source.delivered == 50_000)
    #expect(fetcher.activity.memoryBytes == 0)
    #expect(
      cache.missing(in: 0..<1, of: cache.binary(name: "test.zip.enc4", size: UInt64(plain.count), crc32: nil))
        == [0..<1])
    source.release()
    #expect(try await next.value == Array(plain[40_000..<50_001]))
    #expect(source.ranges.count == 1)
  }

  /// The kernel asks for each page of a request that failed; also one that others have just waited for in vain.
  @Test func whatHasComeIsThereForWhoAsksAgain() async throws {
    let cause = Failure(.timedOut, "The server did not send the bytes in time.")
    let source = FakeSource(plain, faults: [.pause(after: 50_000)], isHeld: true)
    let (binary, cache, fetcher) = try opened(source)
    defer { cache.close() }
    #expect(try await binary.bytes(at: 1000, count: 4096) == Array(plain[1000..<5096]))
    #expect(await eventually { source.delivered == 50_000 })
    // For as long as the test takes.
    fetcher.state.withLock {
      $0.vainWaits.note(BlockAddress(binary.target.id, 0), cause, at: fetcher.now + 600)
    }
    #expect(try await binary.bytes(at: 30_000, count: 4096) == Array(plain[30_000..<34_096]))
    await #expect { try await binary.bytes(at: 60_000, count: 1) } throws: { ($0 as? Failure) == cause }
    #expect(fetcher.activity.waitingReads == 0)
    source.release()
  }

  @Test func aDownloadThatIsStuckWhileOthersAreNotIsAskedForAgain() async throws {
    let source = FakeSource(plain, faults: [.pause(after: 30_000)], isHeld: true)
    let (binary, cache, fetcher) = try opened(source, connections: 1)
    defer { cache.close() }
    let read = Task(executorPreference: ThreadsOfItsOwn.pool) {
      try await binary.bytes(at: 0, count: 100_000)
    }
    #expect(await eventually { source.delivered == 30_000 })
    fetcher.state.withLock { state in
      for id in state.requests.keys { state.end(request: id, .renewed) }
    }
    #expect(await eventually { source.ranges.count == 2 })
    source.release()
    #expect(try await read.value == Array(plain[0..<100_000]))
    #expect(source.ranges.count == 2)
    #expect(source.mostActive == 1)
  }

  /// Nothing but the speed of the other tells: no request has ended that a usual speed could be known of, and the source
  /// has no limit for silence.
  @Test func aDownloadThatIsStuckIsNoticedFromTheSpeedOfAnother() async throws {
    let source = FakeSource(plain, faults: [.pause(after: 30_000)], isHeld: true)
    let (binary, cache, fetcher) = try opened(source, connections: 2)
    defer { cache.close() }
    let read = Task(executorPreference: ThreadsOfItsOwn.pool) {
      try await binary.bytes(at: 0, count: 100_000)
    }
    #expect(await eventually { source.delivered == 30_000 })
    // A minute's worth.
    let long = [UInt8](repeating: 7, count: 24 * BlockGrid.blockSize)
    let steady = FakeSource(long, faults: Array(repeating: .slowly, count: 24), isHeld: true)
    let grid = try #require(BlockGrid(size: UInt64(long.count)))
    let other = FetchTarget(
      id: cache.binary(name: "other.zip.enc4", size: grid.size, crc32: nil), name: "other.zip.enc4",
      grid: grid, source: steady)
    let otherRead = Task(executorPreference: ThreadsOfItsOwn.pool) {
      try await CachedBinary(other, fetcher: fetcher).bytes(at: 0, count: long.count)
    }
    #expect(await eventually(within: .seconds(60)) { source.ranges.count >= 2 })
    #expect(Set(source.ranges) == [grid.bytes(ofBlock: 0)])
    source.release()
    steady.release()
    #expect(try await read.value == Array(plain[0..<100_000]))
    #expect(try await otherRead.value == long)
  }

  /// Readers of all kinds at once, against the plain bytes, with a server that fails now and then.
  @Test(arguments: 0..<3) func randomReadersGetTheirBytes(seed: Int) async throws {
    let cause = Failure(.network, "The server failed.")
    let source = FakeSource(
      plain, faults: (0..<6).map { $0 % 2 == 0 ? .halfway(.retry(cause)) : .before(.retry(cause)) })
    let (binary, cache, _) = try opened(source)
    defer { cache.close() }
    let plain = plain
    try await withThrowingTaskGroup(of: Void.self) { group in
      for reader in 0..<8 {
        group.addTask {
          var random = SplitMix(seed: UInt64(seed * 100 + reader))
          for _ in 0..<40 {
            let start = Int.random(in: 0..<plain.count, using: &random)
            let count = Int.random(in: 0...min(200_000, plain.count - start), using: &random)
            let read = try await binary.bytes(at: UInt64(start), count: count)
            #expect(read == Array(plain[start..<start + count]))
          }
        }
      }
      try await group.waitForAll()
    }
    // Each block once; of those that the three faults in the midst of a request cut short the beginning twice.
    #expect(source.delivered < plain.count + 3 * BlockGrid.blockSize)
  }
}
