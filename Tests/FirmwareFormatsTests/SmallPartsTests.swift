import Primitives
import Testing

@testable import FirmwareFormats

struct DOSTimeTests {
  @Test(arguments: [
    (1980, 1, 1, 0, 0, 0, 315_532_800),
    (2000, 2, 29, 23, 59, 58, 951_868_798),
    (2024, 2, 29, 12, 34, 56, 1_709_210_096),
    (2100, 3, 1, 0, 0, 0, 4_107_542_400),
    (2107, 12, 31, 23, 59, 58, 4_354_819_198),
  ])
  func dates(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, expected: Int) {
    let date = UInt16((year - 1980) << 9 | month << 5 | day)
    let time = UInt16(hour << 11 | minute << 5 | second / 2)
    #expect(DOSTime.secondsSinceEpoch(date: date, time: time) == Int64(expected))
  }

  @Test func fieldsThatAreNoDate() {
    #expect(DOSTime.secondsSinceEpoch(date: 0, time: 0) == nil)
    #expect(DOSTime.secondsSinceEpoch(date: 13 << 5 | 1, time: 0) == nil)
    #expect(DOSTime.secondsSinceEpoch(date: 1 << 5 | 1, time: 24 << 11) == nil)
    #expect(DOSTime.secondsSinceEpoch(date: 1 << 5 | 1, time: 60 << 5) == nil)
    #expect(DOSTime.secondsSinceEpoch(date: 1 << 5 | 1, time: 31) == nil)
  }
}

struct EntryNameTests {
  @Test(arguments: [
    "boot.img", "AP_A207F_ÄÖ.tar.md5", "...", " ", "a\\b", String(repeating: "x", count: 255),
  ])
  func good(name: String) {
    #expect(EntryName.fault(in: name.utf8) == nil)
  }

  @Test(arguments: [
    "", ".", "..", "/", "a/b", "../etc", "a\0b", "a\nb", "\u{1B}[2J", "\u{7F}", "a\u{85}",
    String(repeating: "x", count: 256),
  ])
  func bad(name: String) {
    #expect(EntryName.fault(in: name.utf8) != nil)
  }

  @Test func notUTF8() {
    #expect(EntryName.fault(in: [0x61, 0xFF]) != nil)
  }

  @Test(arguments: [
    ("a", ["a"]), ("./a/b", ["a", "b"]), ("a//b/./c/", ["a", "b", "c"]), (".", []), ("./", []),
    ("...", ["..."]), (" /ä", [" ", "ä"]),
  ])
  func paths(path: String, components: [String]) throws {
    #expect(try EntryName.components(ofPath: path.utf8) == components)
  }

  @Test(arguments: ["", "/", "/a", "..", "a/..", "../a", "a/../b", "a/\u{7}", "a/\0"])
  func pathsThatCannotBeShown(path: String) {
    #expect(throws: EntryFault.self) { try EntryName.components(ofPath: path.utf8) }
  }

  @Test func theLongestPath() throws {
    let path = [String](repeating: String(repeating: "x", count: 255), count: 32).joined(separator: "/")
    #expect(path.utf8.count == EntryName.longestPath)
    #expect(try EntryName.components(ofPath: path.utf8).count == 32)
    #expect(throws: EntryFault.self) { try EntryName.components(ofPath: "\(path)/x".utf8) }
    #expect(throws: EntryFault.self) { try EntryName.components(ofPath: "\(path)x".utf8) }
  }

  @Test func printableIsOneShortLineOfASCII() {
    #expect(EntryName.printable("a\u{1B}\\ é".utf8) == "a\\x1b\\x5c \\xc3\\xa9")
    #expect(EntryName.printable(String(repeating: "x", count: 200).utf8).count == 81)
  }
}

struct WindowTests {
  private let file = MemoryFile(Array(0..<100))

  @Test func readsItsStretch() async throws {
    let window = try Window(of: file, 10..<20)
    #expect(window.size == 10)
    #expect(try await window.bytes(at: 0, count: 10) == Array(10..<20))
    #expect(try await window.bytes(at: 9, count: 1) == [19])
    #expect(try await window.bytes(at: 10, count: 0) == [])
  }

  @Test(arguments: [(UInt64(0), 11), (10, 1), (11, 0), (.max, 1)])
  func readOutsideIsInvalid(offset: UInt64, count: Int) async throws {
    let window = try Window(of: file, 10..<20)
    let failure = await #expect(throws: Failure.self) { try await window.bytes(at: offset, count: count) }
    #expect(failure?.code == .invalid)
  }

  @Test func mustLieInItsSource() {
    #expect(throws: Failure.self) { try Window(of: file, 90..<101) }
  }
}

struct KeptOutputTests {
  @Test func keepsTheNewest() {
    var kept = KeptOutput(chunkSize: 4, capacity: 3)
    #expect(kept.chunk(holding: 0) == nil)
    for index in UInt8(0)..<3 { #expect(kept.append([index, index, index, index]) == nil) }
    #expect(kept.chunk(holding: 0)?.bytes == [0, 0, 0, 0])
    #expect(kept.append([3, 3, 3, 3]) == [0, 0, 0, 0])
    #expect(kept.chunk(holding: 3) == nil)
    #expect(kept.chunk(holding: 4) == Chunk(start: 4, bytes: [1, 1, 1, 1]))
    #expect(kept.append([4]) == [1, 1, 1, 1])
    #expect(kept.end == 17)
    #expect(kept.chunk(holding: 16) == Chunk(start: 16, bytes: [4]))
    #expect(kept.chunk(holding: 17) == nil)
  }

  @Test func beginsAnywhere() {
    var kept = KeptOutput(from: 1001, chunkSize: 4, capacity: 2)
    #expect(kept.end == 1001)
    for index in UInt8(0)..<3 { _ = kept.append([index, index, index, index]) }
    #expect(kept.chunk(holding: 1000) == nil)
    #expect(kept.chunk(holding: 1004) == nil)
    #expect(kept.chunk(holding: 1005) == Chunk(start: 1005, bytes: [1, 1, 1, 1]))
    #expect(kept.chunk(holding: 1012) == Chunk(start: 1009, bytes: [2, 2, 2, 2]))
    #expect(kept.chunk(holding: 1013) == nil)
  }
}
