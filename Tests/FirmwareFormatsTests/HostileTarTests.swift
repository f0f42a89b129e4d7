import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

/// Archives that lie. Nothing crashes or grows without bound, and what is left out is said.
@Suite(.timeLimit(.minutes(10)))
struct HostileTarTests {
  /// The sentence about the one entry between `first` and `last` that is left out.
  private func problem(_ make: (inout TarMaker) -> Void) -> String {
    let scanner = TarScanner(
      .tar { tar in
        tar.file("first", "1")
        make(&tar)
        tar.file("last", "2")
      })
    #expect(scanner.paths.first == "first")
    #expect(scanner.paths.last == "last")
    #expect(scanner.isComplete)
    #expect(scanner.problems.count == 1, "\(scanner.problems)")
    return scanner.problems.first ?? ""
  }

  /// The sentence with which a scan ends at the one entry after `first`.
  private func damage(_ make: (inout TarMaker) -> Void) -> String {
    let scanner = TarScanner(
      .tar { tar in
        tar.file("first", "1")
        make(&tar)
      })
    #expect(scanner.paths == ["first"])
    #expect(scanner.wanted == nil)
    return scanner.damage ?? ""
  }

  @Test func eachCauseHasAPlaceOfItsOwn() {
    let whole = [UInt8].tar { $0.file("first", "1") }
    let cut = TarScanner(Array(whole[..<1300]))
    let noise = TarScanner(Array(whole[..<1024]) + [UInt8](repeating: 1, count: 1024))
    let sites = [cut, noise].compactMap { scanner in
      if case .damaged(let failure) = scanner.ending { "\(failure.site)" } else { nil }
    }
    #expect(Set(sites).count == 2, "\(sites)")
  }

  @Test(arguments: [
    ("../up", "upwards"), ("a/../b", "upwards"), ("..", "upwards"), ("/etc/passwd", "absolute"),
    ("/", "absolute"),
    ("a\nb", "control"), ("d/\u{1B}[2J", "control"), ("a\u{85}", "control"), ("", "empty"),
    (".", "empty"), ("first", "same name"), ("./first", "same name"), ("first/x", "a file before it"),
  ])
  func names(name: String, words: String) {
    let sentence = problem { $0.file(name) }
    #expect(sentence.contains(words), "\(sentence)")
    #expect(sentence.contains(" at 1024 "), "\(sentence)")
    #expect(sentence.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
  }

  @Test(arguments: [
    ("a\0b", "control"), (String(repeating: "n", count: 256), "255"),
    ("d/" + String(repeating: "n", count: 256) + "/x", "255"),
    (String(repeating: "d/", count: 32) + "x", "deep"), ("", "empty"),
  ])
  func longNames(name: String, words: String) {
    for make: (inout TarMaker) -> Void in [{ $0.longName(name) }, { $0.records(["path": name]) }] {
      let sentence = problem { tar in
        make(&tar)
        // An empty path takes the record back.
        tar.file("")
      }
      #expect(sentence.contains(words), "\(sentence)")
      #expect(sentence.utf8.count < 700)
    }
  }

  @Test func depthsUpTo32() {
    let name = String(repeating: "d/", count: 31) + "x"
    #expect(
      TarScanner(
        .tar {
          $0.longName(name)
          $0.file("")
        }
      ).paths == [name])
  }

  @Test func namesThatAreNotUTF8() {
    #expect(problem { $0.header("") { $0[0] = 0xFF } }.contains("not UTF-8"))
  }

  @Test(arguments: ["gpj.\u{202E}gmi", "a\u{200B}b", "a\u{2028}b", "a\u{85}b", "\u{FEFF}a"])
  func namesThatDoNotReadAsTheyAre(name: String) {
    #expect(problem { $0.file(name) }.contains("control character"))
  }

  @Test(arguments: [
    ("1", "hard link"), ("2", "symbolic link"), ("3", "device"), ("4", "device"), ("6", "FIFO"),
    ("S", "sparse"),
    ("M", "\"M\""), ("V", "\"V\""), ("\u{1}", "\\x01"),
  ])
  func types(type: Character, words: String) {
    #expect(problem { $0.header("x", type: type) }.contains(words))
  }

  @Test func linksHaveNoContent() {
    #expect(problem { $0.header("x", type: "2", size: 1 << 32) }.contains("symbolic"))
  }

  @Test func directoriesAndFilesOfOneName() {
    #expect(problem { $0.directory("first") }.contains("same name"))
    #expect(
      problem {
        $0.file("d/x")
        $0.file("d")
      }.contains("in a directory of its name"))
    #expect(
      problem {
        $0.file("d/x")
        $0.directory("d")
        $0.directory("d/")
      }.contains("same name"))
    #expect(
      problem {
        $0.directory("d")
        $0.file("d/x/y")
        $0.file("d/x")
      }.contains("in a directory"))
  }

  /// The directory that only an entry which was left out had is not there.
  @Test func whatIsLeftOutTakesNoName() {
    #expect(
      problem {
        $0.file("first/a/b")
        $0.file("a")
      }.contains("a file before it"))
    #expect(
      problem {
        $0.file("d/../x")
        $0.file("d")
      }.contains("upwards"))
  }

  @Test func twoWaysToWriteALetterAreOneName() {
    #expect(
      problem {
        $0.file("\u{E4}")
        $0.file("a\u{308}")
      }.contains("same name"))
  }

  @Test func directoriesWithContent() {
    #expect(problem { $0.file("d/", "text") }.contains("content"))
  }

  @Test func sparseRecords() {
    #expect(
      problem {
        $0.records(["GNU.sparse.major": "1"])
        $0.file("x", "data")
      }.contains("sparse"))
  }

  @Test func sizes() {
    #expect(damage { $0.header("x", size: 2000) }.contains("\"x\" claims 2000 bytes, and 1024 follow"))
    let wide: (UInt8) -> [UInt8] = { [0x80, 0, 0, 0, $0] + [UInt8](repeating: 255, count: 7) }
    for field in [wide(0x7F), wide(0xFF), [UInt8](repeating: 255, count: 12), Array("9999999999 ".utf8)] {
      #expect(
        damage { $0.header("x") { $0.replaceSubrange(124..<124 + field.count, with: field) } }.contains(
          "claims"))
    }
    for size in ["2000", "18446744073709551615"] {
      #expect(
        damage {
          $0.records(["size": size])
          $0.file("x")
        }.contains("claims \(size) bytes"))
    }
    for size in ["18446744073709551616", "-1", "+1", "1 ", "x"] {
      #expect(
        damage {
          $0.records(["size": size])
          $0.file("x")
        }.contains("size"))
    }
  }

  @Test func brokenRecords() {
    for text in [
      "8 path=x\n", "99 path=x\n", "path=x\n", "11 path=x\n", "0 path=x\n", "1 a=\n", "2 a=b\n", "7 pathx\n",
      "99999999999999999999 a=b\n", "-5 a=b\n", " a=b\n", "9",
    ] {
      let sentence = damage {
        $0.extensionHeader("x", Array(text.utf8))
        $0.file("x")
      }
      #expect(sentence.contains("records"), "\(text)")
      #expect(
        damage {
          $0.extensionHeader("g", Array(text.utf8))
          $0.file("x")
        }.contains("at 1536: "))
    }
  }

  @Test func extensionHeadersThatLie() {
    #expect(damage { $0.header("", type: "x", size: 1 << 21) }.contains("more than 1048576 bytes"))
    #expect(damage { $0.header("", type: "L", size: 1 << 33 - 1) }.contains("more than 1048576 bytes"))
    #expect(damage { $0.header("", type: "L", size: 5000) }.contains("the file ends"))
    #expect(damage { $0.header("", type: "K", size: 5000) }.contains("long link"))
    #expect(damage { $0.longName("x") }.contains("no entry"))
    #expect(
      damage {
        $0.longName("x")
        $0.header("y", type: "S") { $0[482] = 1 }
      }.contains("ends") == false)
    var maker = TarMaker()
    maker.longName("x")
    #expect(TarScanner(maker.bytes).damage?.contains("at 1024") == true)
  }

  @Test func sparseMapsWithoutEnd() {
    let block = [UInt8](repeating: 1, count: 512)
    let scanner = TarScanner(
      .tar { tar in
        tar.header("x", type: "S") { $0[482] = 1 }
        for _ in 0..<1000 { tar.content(block) }
      })
    #expect(scanner.problems.count == 1)
    #expect(scanner.isComplete)
    var maker = TarMaker()
    maker.header("x", type: "S") { $0[482] = 1 }
    maker.content(block)
    #expect(TarScanner(maker.bytes).damage != nil)
  }

  /// Ten million of them: fed with the same megabyte again and again, at other offsets.
  @Test func entriesWithoutNumber() {
    for type: Character in ["0", "2"] {
      var maker = TarMaker()
      for _ in 0..<2048 { maker.header("x", type: type) }
      var scanner = TarScanner(size: 10_000_000 * 512)
      while let wanted = scanner.wanted { scanner.feed(maker.bytes[...], at: wanted.lowerBound) }
      #expect(scanner.damage?.contains("more than 65536 entries") == true)
      #expect(scanner.damage?.contains("at \(65_536 * 512):") == true)
      #expect(scanner.problems.count == 101)
      #expect(
        scanner.problems.last == "\(65_536 - scanner.entries.count - 100) more tar entries are left out.")
      #expect(
        TarScanner(serialized: scanner.serialized, size: 10_000_000 * 512)?.problems == scanner.problems)
    }
  }

  @Test func extensionHeadersWithoutEnd() {
    var maker = TarMaker()
    maker.records(["comment": String(repeating: "c", count: 1_000_000)])
    var scanner = TarScanner(size: 1 << 40)
    while let wanted = scanner.wanted {
      let start = Int(wanted.lowerBound % UInt64(maker.bytes.count))
      scanner.feed(maker.bytes[start...], at: wanted.lowerBound)
    }
    #expect(scanner.damage?.contains("headers take more than") == true)
    #expect(scanner.entries == [])
  }

  @Test func directoriesWithoutNumber() {
    let deep = String(repeating: "d/", count: 28)
    var maker = TarMaker()
    for number in 0..<4000 { maker.file("\(number)/\(deep)x") }
    maker.file("last")
    let scanner = TarScanner(maker.bytes)
    #expect(scanner.paths.count == 65_536 / 29 + 1)
    #expect(scanner.paths.last == "last")
    #expect(scanner.problems.first?.contains("directories") == true)
  }

  /// They repeat the same long directories, which each entry has in its path.
  @Test func namesWithoutEnd() {
    let directories = String(repeating: String(repeating: "d", count: 250) + "/", count: 30)
    var maker = TarMaker()
    for number in 0..<2500 {
      maker.longName("\(directories)\(number)")
      maker.file("")
    }
    let scanner = TarScanner(maker.bytes)
    #expect(scanner.isComplete)
    #expect(scanner.entries.reduce(0) { $0 + $1.path.joined().utf8.count } <= 16 << 20)
    #expect(scanner.entries.count > 2000)
    #expect(scanner.problems.first?.contains("bytes") == true)
  }
}
