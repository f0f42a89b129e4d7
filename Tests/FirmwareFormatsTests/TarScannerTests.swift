import TestSupport
import Testing

@testable import FirmwareFormats

/// What the formats allow, in archives put together by hand.
@Suite(.timeLimit(.minutes(10)))
struct TarScannerTests {
  @Test func entriesHaveTheirPlaces() {
    let scanner = TarScanner(
      .tar { tar in
        tar.directory("d/")
        tar.file("d/a", "hello")
        tar.longName("b")
        tar.file("x", String(repeating: "y", count: 513))
      })
    #expect(
      scanner.entries == [
        TarEntry(path: ["d"], kind: .directory, headerOffset: 0, dataOffset: 512, size: 0, modified: 100),
        TarEntry(path: ["d", "a"], kind: .file, headerOffset: 512, dataOffset: 1024, size: 5, modified: 100),
        TarEntry(path: ["b"], kind: .file, headerOffset: 1536, dataOffset: 3072, size: 513, modified: 100),
      ])
    #expect(scanner.problems == [])
    #expect(scanner.ending == .complete(end: 5120))
  }

  @Test func endings() {
    var maker = TarMaker()
    maker.file("a", "text")
    let zeros = [UInt8](repeating: 0, count: 512)
    let line = Array("0123456789abcdef0123456789abcdef  x.tar\n".utf8)
    #expect(TarScanner([]).ending == .complete(end: 0))
    #expect(TarScanner(maker.bytes).ending == .complete(end: 1024))
    #expect(TarScanner(maker.bytes + zeros).ending == .complete(end: 1536))
    #expect(TarScanner(maker.bytes + zeros + line).ending == .complete(end: 1536))
    #expect(TarScanner(maker.bytes + zeros + zeros.map { $0 + 32 }).ending == .complete(end: 1536))
    #expect(TarScanner(maker.bytes + zeros + zeros).ending == .complete(end: 2048))
    #expect(TarScanner(maker.bytes + zeros + zeros + zeros + line).ending == .complete(end: 2048))
    for bytes in [maker.bytes + line, maker.bytes + zeros + maker.bytes, Array(maker.bytes.dropLast())] {
      let scanner = TarScanner(bytes)
      #expect(scanner.damage != nil)
      #expect(scanner.paths == ["a"])
    }
    #expect(TarScanner(line).damage?.contains("at 0:") == true)
  }

  @Test func oldDirectoriesEndInASlash() {
    let scanner = TarScanner(
      .tar { tar in
        tar.file("d/")
        tar.header("e/", type: "\0")
        tar.header("f", type: "\0")
        tar.header("g", type: "7")
      })
    #expect(scanner.entries.map(\.kind) == [.directory, .directory, .file, .file])
  }

  @Test func theRootIsNoEntry() {
    let scanner = TarScanner(
      .tar { tar in
        tar.directory("./")
        tar.directory(".")
        tar.file("./a")
        tar.file("b/.//c")
      })
    #expect(scanner.paths == ["a", "b/c"])
    #expect(scanner.problems == [])
  }

  @Test func recordsComeBeforeTheHeader() {
    let scanner = TarScanner(
      .tar { tar in
        tar.records(["mtime": "7"], type: "g")
        tar.file("a")
        tar.records(["path": "b/ö", "mtime": "-1.5", "linkpath": "z", "size": "3", "SCHILY.ino": "1"])
        tar.header("x", size: 99)
        tar.content([1, 2, 3])
        tar.records(["mtime": "", "path": "c"])
        tar.records(["path": "d"])
        tar.file("x")
        tar.longName("e")
        tar.extensionHeader("K", Array("nowhere\0".utf8))
        tar.file("x")
        tar.records(["mtime": "2.999"], type: "g")
        tar.file("f")
      })
    #expect(scanner.paths == ["a", "b/ö", "d", "e", "f"])
    #expect(scanner.entries.map(\.modified) == [7, -2, 100, 7, 2])
    #expect(scanner.entries.map(\.size) == [0, 3, 0, 0, 0])
    #expect(scanner.entries[0].headerOffset == 1024)
    #expect(scanner.problems == [])
    #expect(scanner.isComplete)
  }

  /// Some programs added up the bytes of a header as signed numbers.
  @Test func signedChecksums() {
    var bytes: [UInt8] = .tar { $0.header("ä") }
    let sum = bytes[..<512].enumerated().reduce(0) { sum, byte in
      sum + ((148..<156).contains(byte.offset) ? 32 : Int(Int8(bitPattern: byte.element)))
    }
    bytes.replaceSubrange(148..<155, with: "00\(String(sum, radix: 8))\0".utf8)
    #expect(TarScanner(bytes).paths == ["ä"])
  }

  @Test func numbers() {
    func number(_ field: [UInt8]) -> Int64? { TarHeader.number(field.span) }
    func number(_ field: String) -> Int64? { number(Array(field.utf8)) }
    #expect(number("00000000017\0") == 15)
    #expect(number("   17 \0    ") == 15)
    #expect(number("777777777777") == 0o777_777_777_777)
    #expect(number("\0\0\0\0\0\0\0\0\0\0\0\0") == 0)
    #expect(number("            ") == 0)
    #expect(number("18") == nil)
    #expect(number("-1") == nil)
    #expect(number("1x") == nil)
    #expect(number([0x80, 0, 0, 0, 0, 0, 0, 2, 0x40, 0, 0, 0]) == 9 << 30)
    #expect(number([0x80, 0, 0, 0, 0x7F, 255, 255, 255, 255, 255, 255, 255]) == .max)
    #expect(number([0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]) == nil)
    #expect(number([UInt8](repeating: 255, count: 12)) == -1)
    #expect(number([255, 255, 255, 255, 0x80, 0, 0, 0, 0, 0, 0, 0]) == .min)
    #expect(number([0xBF] + [UInt8](repeating: 255, count: 11)) == nil)
  }

  /// In a pax archive a hard link may bring the content along, elsewhere its size says nothing.
  @Test func hardLinks() {
    let scanner = TarScanner(
      .tar { tar in
        tar.header("a", type: "1", size: 600)
        tar.file("b")
        tar.records(["mtime": "1"])
        tar.header("c", type: "1", size: 600)
        tar.content([UInt8](repeating: 1, count: 600))
        tar.file("d")
      })
    #expect(scanner.paths == ["b", "d"])
    #expect(scanner.problems.count == 2)
  }
}
