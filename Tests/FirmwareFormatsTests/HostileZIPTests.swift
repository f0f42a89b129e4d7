import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

/// ZIP files that lie. Nothing crashes, nothing outside is exposed, and what is refused is refused as such.
@Suite(.timeLimit(.minutes(10)))
struct HostileZIPTests {
  /// Three members, "a" stored, "b" and "c" deflated.
  private let zip: [UInt8]
  /// The same with ZIP64 records.
  private let zip64: [UInt8]
  private let directory: Int
  private let end: Int

  init() throws {
    let workspace = TemporaryDirectory()
    try workspace.write(firmwareLike(300, seed: 31), to: "a")
    try workspace.write([UInt8](repeating: 7, count: 3000), to: "b")
    try workspace.write(firmwareLike(2000, seed: 32), to: "c")
    try workspace.python(
      """
      import zipfile
      def make(name):
        with zipfile.ZipFile(name, "w") as z:
          for n in "abc": z.write(n, compress_type=zipfile.ZIP_STORED if n == "a" else zipfile.ZIP_DEFLATED)
      make("t.zip")
      zipfile.ZIP64_LIMIT = 100
      zipfile.ZIP_FILECOUNT_LIMIT = 1
      make("t64.zip")
      """)
    let zip = try workspace.read("t.zip")
    self.zip = zip
    zip64 = try workspace.read("t64.zip")
    end = zip.count - 22
    directory = Int(zip.span.littleEndian(UInt32.self, at: end + 16))
  }

  /// Reads the directory and every member of it to the end; the number of members that were whole.
  private func readAll(_ bytes: [UInt8]) async throws -> Int {
    let file = MemoryFile(bytes)
    let archive = try await ZIPArchive.read(from: file)
    var whole = 0
    for entry in archive.entries {
      guard let member = try? await archive.open(entry, in: file) else { continue }
      let count = Int(min(member.size, 1 << 20))
      if (try? await member.bytes(at: 0, count: count)) != nil { whole += 1 }
    }
    return whole
  }

  private func failure(of bytes: [UInt8]) async -> Failure.Code? {
    do {
      _ = try await ZIPArchive.read(from: MemoryFile(bytes))
      return nil
    } catch {
      return error.code
    }
  }

  private func patched(_ position: Int, _ bytes: [UInt8]) -> [UInt8] {
    var copy = zip
    copy.replaceSubrange(position..<position + bytes.count, with: bytes)
    return copy
  }

  /// The zip with one central header's fields changed; what is then said of the entry, which is left out.
  private func problem(_ position: Int, _ bytes: [UInt8]) async throws -> String {
    let archive = try await ZIPArchive.read(from: MemoryFile(patched(directory + position, bytes)))
    #expect(archive.entries.map(\.name) == ["b", "c"])
    return archive.problems.joined()
  }

  @Test func whole() async throws {
    #expect(try await readAll(zip) == 3)
    #expect(try await readAll(zip64) == 3)
  }

  @Test func cutAtEveryByte() async throws {
    for bytes in [zip, zip64] {
      for count in 0..<bytes.count {
        #expect(await failure(of: Array(bytes[..<count])) == .damaged, "cut at \(count)")
      }
    }
  }

  @Test func cutAtTheFront() async throws {
    for count in 1..<zip.count {
      let code = await failure(of: Array(zip[count...]))
      #expect(code == .damaged, "without the first \(count)")
    }
  }

  @Test func flippedBits() async throws {
    var random = SplitMix(seed: 33)
    for bytes in [zip, zip64] {
      for _ in 0..<2000 {
        var flipped = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          let bit = Int.random(in: 0..<bytes.count * 8, using: &random)
          flipped[bit / 8] ^= 1 << UInt8(bit % 8)
        }
        do {
          #expect(try await readAll(flipped) <= 3)
        } catch {
          let code = (error as? Failure)?.code
          #expect(code == .damaged || code == .unsupported)
        }
      }
    }
  }

  /// In the records that carry the structure every byte takes every extreme.
  @Test func extremeBytes() async throws {
    for position in directory..<zip.count {
      for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
        do {
          #expect(try await readAll(patched(position, [value])) <= 3)
        } catch {
          let code = (error as? Failure)?.code
          #expect(code == .damaged || code == .unsupported)
        }
      }
    }
  }

  @Test func endRecordThatLies() async throws {
    #expect(await failure(of: patched(end + 4, [1, 0])) == .unsupported)
    #expect(await failure(of: patched(end + 8, [4, 0])) == .unsupported)
    #expect(await failure(of: patched(end + 8, [4, 0, 4, 0])) == .damaged)
    #expect(await failure(of: patched(end + 8, [2, 0, 2, 0])) == .damaged)
    #expect(await failure(of: patched(end + 8, [0xFF, 0xFF, 0xFF, 0xFF])) == .damaged)
    #expect(await failure(of: patched(end + 12, [0xFE, 0xFF, 0xFF, 0])) == .damaged)
    #expect(await failure(of: patched(end + 12, [0, 0, 0, 2])) == .unsupported)
    #expect(await failure(of: patched(end + 16, [0xFE, 0xFF, 0xFF, 0xFF])) == .damaged)
    #expect(await failure(of: patched(end + 20, [1, 0])) == .damaged)
  }

  @Test func wideEndRecordThatLies() async throws {
    let locator = zip64.count - 22 - 20
    let record = locator - 56
    let all = [UInt8](repeating: 0xFF, count: 8)
    for (position, bytes, code) in [
      (locator + 8, all, nil), (record, [0], Failure.Code.damaged), (record + 24, all, .unsupported),
      (record + 24, all + all, .unsupported), (record + 40, all, .unsupported), (record + 48, all, .damaged),
      (record + 40, [0, 0, 0, 1, 0, 0, 0, 0] + all, .damaged),
    ] {
      var copy = zip64
      copy.replaceSubrange(position..<position + bytes.count, with: bytes)
      #expect(await failure(of: copy) == code, "at \(position - record)")
    }
  }

  @Test func entriesThatLieOutside() async throws {
    let high: [UInt8] = [0xFE, 0xFF, 0xFF, 0xFF]
    #expect(try await problem(20, high + high).contains("do not lie before the directory"))
    #expect(try await problem(42, high).contains("do not lie before the directory"))
    #expect(try await problem(20, [0x2D, 1, 0, 0, 0x2D, 1, 0, 0]).contains("run into another entry"))
    #expect(try await problem(24, [1, 0, 0, 0]).contains("stored as it is"))
    #expect(try await problem(20, [0xFF, 0xFF, 0xFF, 0xFF]).contains("do not lie before the directory"))
  }

  @Test func moreThanDeflateCanGive() async throws {
    let second = directory + 47
    let archive = try await ZIPArchive.read(from: MemoryFile(patched(second + 24, [0, 0, 0, 0x80])))
    #expect(archive.entries.map(\.name) == ["a", "c"])
    #expect(archive.problems.joined().contains("more than deflate can give"))
  }

  @Test func directoriesWithAbsurdCounts() async throws {
    let entry = Array(zip[directory..<directory + 47])
    let count = 65_537
    let record = end64(entries: UInt64(count), size: UInt64(count * entry.count), offset: 0)
    let bytes = Array(repeatElement(entry, count: count).joined()) + record
    #expect(await failure(of: bytes) == .unsupported)
  }

  /// 60,000 entries for the same bytes: bounded memory and time, and few words.
  @Test func manyEntriesThatOverlap() async throws {
    let header = Array(zip[directory..<directory + 47])
    let count = 60_000
    let bytes =
      Array(zip[..<directory]) + Array(repeatElement(header, count: count).joined())
      + end64(entries: UInt64(count), size: UInt64(count * header.count), offset: UInt64(directory))
    let archive = try await ZIPArchive.read(from: MemoryFile(bytes))
    #expect(archive.entries.count <= 1)
    #expect(archive.problems.count == ZIPArchive.mostProblems + 1)
  }

  @Test func twoWaysToWriteALetterAreOneName() async throws {
    let workspace = TemporaryDirectory()
    try workspace.python(
      """
      import zipfile
      with zipfile.ZipFile("t.zip", "w") as z:
        z.writestr("\\u00e4", "one")
        z.writestr("a\\u0308", "two")
      """)
    let file = MemoryFile(try workspace.read("t.zip"))
    let archive = try await ZIPArchive.read(from: file)
    #expect(archive.entries.map { Array($0.name.utf8) } == [Array("\u{E4}".utf8)])
    #expect(archive.problems.count == 1 && archive.problems[0].contains("same name"))
  }

  @Test(arguments: [
    (0, [UInt8(0)], "there is no header"), (8, [9], "another method"), (30, [0x7A], "another name"),
    (26, [2], "another name"), (28, [0xFF, 0xFF], "run into what follows"), (6, [1], "another method"),
  ])
  func localHeaderThatDisagrees(position: Int, bytes: [UInt8], words: String) async throws {
    let file = MemoryFile(patched(position, bytes))
    let archive = try await ZIPArchive.read(from: file)
    #expect(archive.entries.count == 3)
    let failure = await #expect(throws: Failure.self) {
      try await archive.dataRange(of: archive.entries[0], in: file)
    }
    #expect(failure?.code == .damaged)
    #expect(failure?.cause.contains(words) == true)
    #expect(
      try await archive.open(archive.entries[1], in: file).bytes(at: 0, count: 3000)
        == [UInt8](repeating: 7, count: 3000))
  }

  @Test func eachCauseHasAPlaceOfItsOwn() async throws {
    var sites: Set<String> = []
    for (position, byte) in [(0, 0), (8, 9), (30, 0x7A), (29, 0xFF)] as [(Int, UInt8)] {
      let file = MemoryFile(patched(position, [byte]))
      let archive = try await ZIPArchive.read(from: file)
      let failure = await #expect(throws: Failure.self) {
        try await archive.dataRange(of: archive.entries[0], in: file)
      }
      sites.insert(try #require(failure?.site.description))
    }
    #expect(sites.count == 4, "\(sites)")
  }

  /// A ZIP64 end record, its locator and an end record that refers to them.
  private func end64(entries: UInt64, size: UInt64, offset: UInt64) -> [UInt8] {
    func bytes(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    let record: [UInt8] =
      [0x50, 0x4B, 6, 6] + bytes(44) + [45, 0, 45, 0] + bytes(0) + bytes(entries) + bytes(entries)
      + bytes(size)
      + bytes(offset)
    let locator: [UInt8] = [0x50, 0x4B, 6, 7, 0, 0, 0, 0] + bytes(offset + size) + [1, 0, 0, 0]
    return record + locator + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 12) + [0, 0]
  }
}
