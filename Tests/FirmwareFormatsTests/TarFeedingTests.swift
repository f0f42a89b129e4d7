import TestSupport
import Testing

@testable import FirmwareFormats

/// However the bytes come, and wherever a scan is broken off, the same is found.
@Suite(.timeLimit(.minutes(10)))
struct TarFeedingTests {
  /// An archive with some of everything in it, most of which can be shown.
  private static func archive(_ random: inout SplitMix) -> [UInt8] {
    var maker = TarMaker()
    for number in 0..<Int.random(in: 0..<40, using: &random) {
      let name = "d\(Int.random(in: 0..<5, using: &random))/\(number % 13)"
      switch Int.random(in: 0..<12, using: &random) {
      case 0: maker.directory(name + "/")
      case 1: maker.longName(String(repeating: "dir/", count: 30) + "\(number)")
      case 2: maker.records(["path": "p/\(number)", "mtime": "\(number).5"])
      case 3: maker.records(["mtime": "\(number)"], type: "g")
      case 4: maker.extensionHeader("K", Array("target".utf8))
      case 5: maker.header("link\(number)", type: "2")
      case 6: maker.file("../\(number)", "text")
      case 7: maker.records(["comment": String(repeating: "c", count: 3000), "size": "10"])
      case 8:
        maker.header("sparse", type: "S", size: 10) { $0[482] = 1 }
        maker.content([UInt8](repeating: UInt8(number % 2), count: 504) + [1])
        maker.content([UInt8](repeating: 0, count: 512))
        maker.content([UInt8](repeating: 5, count: 10))
        continue
      default: break
      }
      let size = number % 4 == 0 ? 10 : Int.random(in: 0..<3000, using: &random)
      maker.header(name, size: UInt64(size))
      maker.content(random.bytes(size))
    }
    if Int.random(in: 0..<4, using: &random) > 0 { maker.end() }
    return maker.bytes
  }

  private func expectSame(_ scanner: TarScanner, _ other: TarScanner, _ comment: String) {
    #expect(scanner.entries == other.entries, "\(comment)")
    #expect(scanner.problems == other.problems, "\(comment)")
    #expect(scanner.ending == other.ending, "\(comment)")
    #expect(scanner.serialized == other.serialized, "\(comment)")
  }

  /// What holds of every scan that has ended, whatever it was fed with.
  private func expectSound(_ scanner: TarScanner, size: UInt64, _ comment: String) {
    #expect(scanner.wanted == nil && scanner.ending != nil, "\(comment)")
    var end: UInt64 = 0
    for entry in scanner.entries {
      #expect(entry.headerOffset >= end && entry.dataOffset >= entry.headerOffset + 512, "\(comment)")
      #expect(entry.dataOffset <= size && entry.size <= size - entry.dataOffset, "\(comment)")
      #expect((1...32).contains(entry.path.count), "\(comment)")
      #expect(entry.path.allSatisfy { EntryName.fault(in: $0.utf8) == nil }, "\(comment)")
      end = entry.dataOffset + entry.size
    }
    #expect(Set(scanner.paths).count == scanner.entries.count, "\(comment)")
  }

  @Test(arguments: 0..<40)
  func everyWayIsTheSame(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let archive = Self.archive(&random)
    let size = UInt64(archive.count)
    let whole = TarScanner(archive)
    expectSound(whole, size: size, "seed \(seed)")

    var wanted = TarScanner(size: size)
    wanted.feedWanted(of: archive)
    expectSame(whole, wanted, "seed \(seed), only what was wanted")

    var bytewise = TarScanner(size: size)
    for index in archive.indices { bytewise.feed(archive[index...index], at: UInt64(index)) }
    expectSame(whole, bytewise, "seed \(seed), byte by byte")

    var chunks = TarScanner(size: size)
    var resumed = TarScanner(size: size)
    var turns = 0
    while chunks.wanted != nil || resumed.wanted != nil {
      turns += 1
      try #require(turns < 1_000_000)
      for isResumed in [false, true] {
        guard let wanted = (isResumed ? resumed : chunks).wanted else { continue }
        let start =
          Int(wanted.lowerBound) - min(Int(wanted.lowerBound), Int.random(in: 0..<900, using: &random))
        let end = min(archive.count, start + Int.random(in: 1..<2500, using: &random))
        if isResumed {
          resumed.feed(archive[start..<end], at: UInt64(start))
          resumed = try #require(TarScanner(serialized: resumed.serialized, size: size), "seed \(seed)")
        } else {
          chunks.feed(archive[start..<end], at: UInt64(start))
        }
        // A step as long as all extension headers of one entry, so that a scan that is taken up again gets on.
        if isResumed, let wanted = resumed.wanted, turns % 3 == 0 {
          resumed.feed(archive[Int(wanted.lowerBound)...].prefix(40_000), at: wanted.lowerBound)
        }
      }
    }
    expectSame(whole, chunks, "seed \(seed), in chunks")
    expectSame(whole, resumed, "seed \(seed), taken up again")
  }

  @Test func whatIsNotWantedIsIgnored() {
    let archive: [UInt8] = .tar { $0.file("a", "text") }
    var scanner = TarScanner(size: UInt64(archive.count))
    scanner.feed(archive[1...], at: 1)
    scanner.feed([], at: 0)
    scanner.feed(archive[...], at: .max)
    scanner.feed(archive[...], at: .max - 512)
    #expect(scanner.wanted == 0..<512)
    scanner.feed(archive[..<100], at: 0)
    scanner.feed(archive[..<50], at: 0)
    #expect(scanner.wanted == 100..<512)
    scanner.feed(archive[...], at: 0)
    #expect(scanner.isComplete)
    let ended = scanner.serialized
    scanner.feed(archive[...], at: 0)
    #expect(scanner.serialized == ended)
  }

  /// Some flips leave the checksum wrong, others get past it.
  @Test(arguments: 0..<150)
  func flippedBits(seed: UInt64) throws {
    var random = SplitMix(seed: 1000 + seed)
    var archive = Self.archive(&random)
    guard !archive.isEmpty else { return }
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      let block = Int.random(in: 0..<archive.count / 512, using: &random) * 512
      archive[block + Int.random(in: 0..<512, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      if Bool.random(using: &random), TarScanner(archive).damage?.contains("at \(block):") == true {
        archive.replaceSubrange(
          block..<block + 512, with: TarMaker.withChecksum(Array(archive[block..<block + 512])))
      }
    }
    archive.removeLast(
      Int.random(in: 0..<3, using: &random) * Int.random(in: 0..<600, using: &random) % archive.count)
    let size = UInt64(archive.count)
    let whole = TarScanner(archive)
    expectSound(whole, size: size, "seed \(seed)")
    var wanted = TarScanner(size: size)
    wanted.feedWanted(of: archive)
    expectSame(whole, wanted, "seed \(seed)")
    let again = try #require(TarScanner(serialized: whole.serialized, size: size), "seed \(seed)")
    expectSame(whole, again, "seed \(seed)")
  }

  @Test(arguments: 0..<10)
  func keptBytesThatAreDamaged(seed: UInt64) {
    var random = SplitMix(seed: 2000 + seed)
    let archive = Self.archive(&random)
    let size = UInt64(archive.count)
    var scanner = TarScanner(size: size)
    scanner.feed(archive[..<Int.random(in: 0...archive.count, using: &random)], at: 0)
    let kept = scanner.serialized
    for end in kept.indices { #expect(TarScanner(serialized: Array(kept[..<end]), size: size) == nil) }
    #expect(TarScanner(serialized: kept + [0], size: size) == nil)
    #expect(TarScanner(serialized: kept, size: size + 1) == nil)
    for _ in 0..<300 {
      var damaged = kept
      damaged[Int.random(in: damaged.indices, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      guard var scanner = TarScanner(serialized: damaged, size: size) else { continue }
      scanner.feedWanted(of: archive)
      expectSound(scanner, size: size, "seed \(seed)")
    }
  }

  @Test func keptNamesAreCheckedAgain() throws {
    let archive: [UInt8] = .tar {
      $0.file("abcd/efgh")
      $0.file("abcd/ijkl")
    }
    let size = UInt64(archive.count)
    let kept = TarScanner(archive).serialized
    func replacing(_ name: String, by other: String) throws -> TarScanner? {
      var bytes = kept
      let start = try #require(kept.indices.first { kept[$0...].starts(with: name.utf8) })
      bytes.replaceSubrange(start..<start + name.utf8.count, with: other.utf8)
      return TarScanner(serialized: bytes, size: size)
    }
    #expect(try replacing("abcd/efgh", by: "abcd/mnop") != nil)
    for other in [
      "/bcd/efgh", "../d/efgh", "abcd//fgh", "./cd/efgh", "ab\u{1B}d/efgh", "abcd/ijkl", "abcdefgh/",
    ] {
      #expect(try replacing("abcd/efgh", by: other) == nil, "\(other)")
    }
  }
}
