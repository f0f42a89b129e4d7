import TestSupport
import Testing

@testable import FirmwareFormats

@Suite(.timeLimit(.minutes(10)))
struct TarChecksumTests {
  private static let digits = "0123456789abcdef0123456789ABCDEF"
  private static let md5: [UInt8] = [
    1, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 1, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF,
  ]
  private static let archive = [UInt8].tar { $0.file("a", "text") }

  private func lines(_ bytes: [UInt8]) async throws -> [TarChecksum.Line] {
    try await TarChecksum.read(from: MemoryFile(bytes)).lines
  }

  /// As firmware's are made: md5sum's line is put behind the archive, once or again.
  @Test(arguments: ["-t", "-b"])
  func linesOfMD5Sum(mode: String) async throws {
    let workspace = TemporaryDirectory()
    try workspace.shell(
      """
      echo content > boot.img; tar -cf AP.tar boot.img; cp AP.tar AP.tar.md5
      md5sum \(mode) AP.tar >> AP.tar.md5
      cp AP.tar.md5 AP.tar; md5sum \(mode) AP.tar >> AP.tar.md5
      """)
    let bytes = try workspace.read("AP.tar.md5")
    let lines = try await lines(bytes)
    #expect(lines.map(\.name) == ["AP.tar", "AP.tar"])
    #expect(lines.map(\.offset) == [10_240, 10_240 + 41])
    for line in lines {
      var digest = MessageDigest(.md5)
      let before = Array(bytes[..<Int(line.offset)])
      unsafe digest.update(before.span.bytes)
      #expect(digest.finish() == line.md5)
    }
    #expect(TarScanner(bytes).paths == ["boot.img"])
    #expect(TarScanner(bytes).isComplete)
  }

  @Test(arguments: ["\(digits)  AP.tar\n", "\(digits) *AP.tar\n", "\(digits)  AP.tar\r\n"])
  func forms(line: String) async throws {
    let offset = UInt64(Self.archive.count)
    let expected = TarChecksum.Line(md5: Self.md5, name: "AP.tar", offset: offset)
    #expect(try await lines(Self.archive + line.utf8) == [expected])
  }

  @Test(arguments: [
    "", "\n", "\(digits)", "\(digits)  AP.tar", "\(digits)\n", "\(digits)  \n", "\(digits) AP.tar\n",
    "\(digits)x AP.tar\n", "x\(digits)  AP.tar\n", "\(digits.dropLast())  AP.tar\n", "\(digits)  a\u{1B}b\n",
    "\(digits)  AP.tar\n\n", "g\(digits.dropFirst())  AP.tar\n",
  ])
  func none(line: String) async throws {
    #expect(try await lines(Self.archive + line.utf8).isEmpty)
    #expect(try await lines(Array(line.utf8)).isEmpty)
  }

  @Test func aFileOfOneLine() async throws {
    #expect(try await lines(Array("\(Self.digits)  x\n".utf8)).map(\.offset) == [0])
  }

  @Test func namesThatAreNotUTF8() async throws {
    #expect(try await lines(Self.archive + "\(Self.digits)  ".utf8 + [0xFF, 0x0A]).isEmpty)
  }

  @Test func onlyTheEndIsRead() async throws {
    let line = Array("\(Self.digits)  x\n".utf8)
    let file = WatchedFile(Self.archive + [UInt8](repeating: 0, count: 100_000) + line)
    #expect(try await TarChecksum.read(from: file).lines.count == 1)
    #expect(file.bytesRead == 8192)
    let many = WatchedFile((0..<10_000).flatMap { _ in line })
    #expect(try await TarChecksum.read(from: many).lines.count == 16)
    #expect(many.bytesRead == 8192)
    let long = WatchedFile(
      Self.archive + "\(Self.digits)  ".utf8 + [UInt8](repeating: 0x78, count: 9000) + [0x0A])
    #expect(try await TarChecksum.read(from: long).lines.isEmpty)
  }
}
