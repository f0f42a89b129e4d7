import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

@Suite(.timeLimit(.minutes(10))) struct IntervalChecksumTests {
  private func add(_ sum: inout IntervalChecksum, _ bytes: [UInt8], _ range: Range<Int>) -> UInt32? {
    unsafe sum.add(Array(bytes[range]).span.bytes, at: UInt64(range.lowerBound))
  }

  /// Against a map of the bytes seen: the checksum comes with the piece that fills the last gap, and only then.
  @Test(arguments: UInt64(1)...40)
  func piecesInAnyOrderGiveTheWhole(seed: UInt64) {
    var generator = SplitMix(seed: seed)
    let bytes = generator.bytes(Int.random(in: 1...3000, using: &generator))
    var seen = [Bool](repeating: false, count: bytes.count)
    var sum = IntervalChecksum(size: UInt64(bytes.count))
    var told: [UInt32] = []
    while !seen.allSatisfy(\.self) {
      let start = Int.random(in: 0..<bytes.count, using: &generator)
      let end = min(bytes.count, start + Int.random(in: 0...300, using: &generator))
      let gaps = sum.gaps(in: UInt64(start)..<UInt64(end))
      #expect(gaps.flatMap { $0.map(Int.init) } == (start..<end).filter { !seen[$0] })
      if Bool.random(using: &generator) {
        if let whole = add(&sum, bytes, start..<end) { told.append(whole) }
        for index in start..<end { seen[index] = true }
      } else if let gap = gaps.randomElement(using: &generator) {
        let piece = Array(bytes[Int(gap.lowerBound)..<Int(gap.upperBound)])
        if let whole = sum.add(crc32: piece.crc32, of: gap) { told.append(whole) }
        for index in gap { seen[Int(index)] = true }
      }
      #expect(told.isEmpty == !seen.allSatisfy(\.self))
    }
    #expect(told == [bytes.crc32])
    #expect(add(&sum, bytes, 0..<bytes.count) == nil)
    #expect(sum.gaps(in: 0..<UInt64(bytes.count)).isEmpty)
  }

  @Test(arguments: UInt64(1)...10)
  func withFewIntervalsBytesAreAskedForAgain(seed: UInt64) {
    var generator = SplitMix(seed: seed)
    let bytes = generator.bytes(1000)
    var sum = IntervalChecksum(size: 1000, limit: 3)
    for start in stride(from: 0, to: 1000, by: 100).shuffled(using: &generator) {
      let end = start + 1 + Int.random(in: 0..<90, using: &generator)
      #expect(add(&sum, bytes, start..<end) == nil)
    }
    let seen = 1000 - sum.gaps(in: 0..<1000).reduce(0) { $0 + $1.count }
    #expect((1...273).contains(seen))
    #expect(add(&sum, bytes, 0..<1000) == bytes.crc32)
  }

  @Test func onePieceAfterTheOtherIsOneInterval() {
    let bytes = SplitMix(seed: 5).firstBytes(10_000)
    for step in [1, 7, 4096] {
      var sum = IntervalChecksum(size: 10_000, limit: 1)
      var told: UInt32?
      for start in stride(from: 0, to: 10_000, by: step) {
        told = add(&sum, bytes, start..<min(10_000, start + step))
      }
      #expect(told == bytes.crc32)
    }
  }

  @Test func piecesOutsideAreIgnored() {
    var sum = IntervalChecksum(size: 4)
    let bytes: [UInt8] = [1, 2, 3, 4, 5]
    #expect(unsafe sum.add(bytes.span.bytes, at: 0) == nil)
    #expect(unsafe sum.add(bytes.span.bytes, at: .max) == nil)
    #expect(sum.add(crc32: 1, of: 2..<5) == nil)
    #expect(sum.add(crc32: 1, of: 2..<2) == nil)
    #expect(sum.gaps(in: 0..<4) == [0..<4])
    #expect(add(&sum, bytes, 0..<4) == Array(bytes[..<4]).crc32)
  }

  @Test func extremeSizes() {
    var nothing = IntervalChecksum(size: 0)
    #expect(add(&nothing, [], 0..<0) == 0)
    #expect(add(&nothing, [], 0..<0) == nil)
    var huge = IntervalChecksum(size: .max, limit: 1)
    #expect(huge.add(crc32: 1, of: 5..<UInt64.max) == nil)
    #expect(huge.add(crc32: 1, of: 0..<4) == nil)
    #expect(huge.gaps(in: 0..<UInt64.max) == [0..<5])
    #expect(huge.add(crc32: 1, of: 0..<5) != nil)
  }
}

extension SplitMix {
  fileprivate func firstBytes(_ count: Int) -> [UInt8] {
    var generator = self
    return generator.bytes(count)
  }
}

@Suite(.timeLimit(.minutes(10))) struct CheckedFileTests {
  private let bytes = firmwareLike(300_000, seed: 11)
  private let answers = Locked<[Bool]>([])

  private func file(crc32: UInt32) -> CheckedFile {
    CheckedFile(MemoryFile(bytes), name: "boot.img", crc32: crc32) { isRight in
      answers.withLock { $0.append(isRight) }
    }
  }

  @Test func readingAllInParallelChecksIt() async throws {
    let (file, bytes) = (file(crc32: bytes.crc32), bytes)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for start in stride(from: 0, to: 300_000, by: 7000).shuffled() {
        group.addTask {
          let count = min(9000, 300_000 - start)
          let read = try await file.bytes(at: UInt64(start), count: count)
          #expect(read == Array(bytes[start..<start + count]))
        }
      }
      try await group.waitForAll()
    }
    // Pieces that overlap and are read at the same time may be left out.
    for start in stride(from: 0, to: 300_000, by: 50_000) {
      _ = try await file.bytes(at: UInt64(start), count: 50_000)
    }
    #expect(answers.withLock { $0 } == [true])
    _ = try await file.bytes(at: 0, count: 300_000)
    #expect(answers.withLock { $0 } == [true])
  }

  @Test func theReadThatCompletesAWrongFileFails() async throws {
    let file = file(crc32: bytes.crc32 ^ 1)
    _ = try await file.bytes(at: 100_000, count: 200_000)
    #expect(answers.withLock { $0.isEmpty })
    let failure = await #expect(throws: Failure.self) { try await file.bytes(at: 0, count: 150_000) }
    #expect(failure?.code == .damaged)
    #expect(failure?.description.contains("boot.img") == true)
    #expect(answers.withLock { $0 } == [false])
    // Whoever tries again is not given what is known to be wrong.
    await #expect(throws: Failure.self) { try await file.bytes(at: 0, count: 4) }
    #expect(answers.withLock { $0 } == [false, false])
  }

  @Test func aFileThatWasFetchedAnewIsReadAgain() async throws {
    let source = WatchedFile(bytes, firstReadWrongAt: 5)
    let file = CheckedFile(source, name: "x", crc32: bytes.crc32) { isRight in
      answers.withLock { $0.append(isRight) }
    }
    await #expect(throws: Failure.self) { try await file.bytes(at: 0, count: 300_000) }
    #expect(try await file.bytes(at: 0, count: 8) == Array(bytes[..<8]))
    #expect(answers.withLock { $0 } == [false, true])
  }

  @Test func aFailedReadCountsNothing() async throws {
    let source = WatchedFile(bytes)
    let file = CheckedFile(source, name: "x", crc32: bytes.crc32) { isRight in
      answers.withLock { $0.append(isRight) }
    }
    source.failOnce(Failure(.local, "broken"))
    await #expect(throws: Failure.self) { try await file.bytes(at: 0, count: 300_000) }
    await #expect(throws: Failure.self) { try await file.bytes(at: 1, count: 300_000) }
    #expect(answers.withLock { $0.isEmpty })
    _ = try await file.bytes(at: 0, count: 300_000)
    #expect(answers.withLock { $0 } == [true])
  }
}
