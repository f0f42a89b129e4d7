import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

/// What each tool writes, read back: every member's bytes equal to the files that went in.
@Suite(.timeLimit(.minutes(10)))
struct ZIPArchiveTests {
  private static let names = ["AP.tar.md5", "BL.tar.md5", "empty", "one"]
  private static let contents = [
    firmwareLike(300_000, seed: 21), firmwareLike(5000, seed: 22), [], [0x31],
  ]

  private let workspace: TemporaryDirectory

  init() throws {
    workspace = TemporaryDirectory()
    for (name, bytes) in zip(Self.names, Self.contents) { try workspace.write(bytes, to: name) }
  }

  private static let python = """
    import zipfile, os
    names = ["AP.tar.md5", "BL.tar.md5", "empty", "one"]
    """

  @Test(arguments: [
    "zip -q -X t.zip AP.tar.md5 BL.tar.md5 empty one",
    "zip -q -0 t.zip AP.tar.md5 BL.tar.md5 empty one",
    "zip -q -fz t.zip AP.tar.md5 BL.tar.md5 empty one",
    "zip -q -fd t.zip AP.tar.md5 BL.tar.md5 empty one",
    "zip -q - AP.tar.md5 BL.tar.md5 empty one | cat > t.zip",
    "zip -q -fz - AP.tar.md5 BL.tar.md5 empty one | cat > t.zip",
    "zip -q t.zip AP.tar.md5 BL.tar.md5 empty one && echo 'a comment' | zip -q -z t.zip",
    "zip -q s.zip AP.tar.md5 BL.tar.md5 empty one && cat BL.tar.md5 s.zip > t.zip",
    "zip -q -fz s.zip AP.tar.md5 BL.tar.md5 empty one && cat BL.tar.md5 s.zip > t.zip",
    "zip -q s.zip AP.tar.md5 BL.tar.md5 empty one && cat BL.tar.md5 s.zip > t.zip && zip -q -A t.zip",
    "7z a -tzip -mx=1 t.zip AP.tar.md5 BL.tar.md5 empty one",
    "7z a -tzip -mx=9 t.zip AP.tar.md5 BL.tar.md5 empty one",
    "7z a -tzip -mx=0 t.zip AP.tar.md5 BL.tar.md5 empty one",
    "7z a -tzip -siAP.tar.md5 t.zip < AP.tar.md5 && 7z a -tzip t.zip BL.tar.md5 empty one",
  ])
  func tools(script: String) async throws {
    try workspace.shell(script)
    try await check()
  }

  @Test(arguments: 1...9)
  func pythonLevels(level: Int) async throws {
    try workspace.python(
      """
      \(Self.python)
      with zipfile.ZipFile("t.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=\(level)) as z:
        for n in names: z.write(n)
      """)
    try await check()
  }

  @Test func pythonForcedZIP64() async throws {
    try workspace.python(
      """
      \(Self.python)
      zipfile.ZIP64_LIMIT = 1000
      zipfile.ZIP_FILECOUNT_LIMIT = 2
      with zipfile.ZipFile("t.zip", "w", zipfile.ZIP_DEFLATED) as z:
        for n in names:
          with z.open(n, "w", force_zip64=True) as f: f.write(open(n, "rb").read())
      """)
    try await check()
  }

  @Test func pythonStreamed() async throws {
    try workspace.python(
      """
      \(Self.python)
      class Pipe:
        def __init__(self): self.f = open("t.zip", "wb")
        def write(self, b): return self.f.write(b)
        def flush(self): self.f.flush()
      with zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as z:
        for n in names: z.write(n)
      """)
    let archive = try await check()
    #expect(archive.entries[0].hasDataDescriptor)
  }

  @Test func longestComment() async throws {
    try workspace.python(
      """
      \(Self.python)
      with zipfile.ZipFile("t.zip", "w", zipfile.ZIP_DEFLATED) as z:
        for n in names: z.write(n)
        z.comment = b"PK\\x05\\x06" * 16383 + b"abc"
      """)
    try await check()
  }

  @Test func noEntries() async throws {
    try workspace.python("import zipfile; zipfile.ZipFile('t.zip', 'w').close()")
    let archive = try await ZIPArchive.read(from: MemoryFile(workspace.read("t.zip")))
    #expect(archive == ZIPArchive(entries: [], problems: []))
  }

  @Test func whatTheDirectorySays() async throws {
    try workspace.python(
      """
      import zipfile
      with zipfile.ZipFile("t.zip", "w") as z:
        info = zipfile.ZipInfo("BL.tar.md5", (2021, 9, 28, 11, 37, 34))
        info.compress_type = zipfile.ZIP_DEFLATED
        z.writestr(info, open("BL.tar.md5", "rb").read())
      """)
    let archive = try await ZIPArchive.read(from: MemoryFile(workspace.read("t.zip")))
    let entry = try #require(archive.entries.first)
    #expect(entry.name == "BL.tar.md5")
    #expect(entry.method == .deflated)
    #expect(!entry.isEncrypted && !entry.hasDataDescriptor)
    #expect(entry.uncompressedSize == 5000 && entry.compressedSize < 5000)
    #expect(entry.crc32 == checksum(Self.contents[1]))
    #expect(entry.modificationTime == 1_632_829_054)
    #expect(entry.headerOffset == 0)
  }

  @Test func manyEntries() async throws {
    try workspace.python(
      """
      import zipfile
      with zipfile.ZipFile("t.zip", "w") as z:
        for n in range(20000): z.writestr(zipfile.ZipInfo(f"file-{n}"), str(n))
      """)
    let file = MemoryFile(try workspace.read("t.zip"))
    let archive = try await ZIPArchive.read(from: file)
    #expect(archive.entries.count == 20_000)
    let member = try await archive.open(archive.entries[12_345], in: file)
    #expect(try await member.bytes(at: 0, count: 5) == Array("12345".utf8))
  }

  /// The directory is in the tail: nothing before it is read.
  @Test func onlyTheTailIsRead() async throws {
    try workspace.shell("zip -q -0 t.zip AP.tar.md5 BL.tar.md5 empty one")
    let file = WatchedFile(try workspace.read("t.zip"))
    #expect(try await ZIPArchive.read(from: file, tailSize: 4096).entries.count == 4)
    #expect(file.bytesRead == 4096)
  }

  @Test func encryptedIsRefusedInWords() async throws {
    try workspace.shell("zip -q -P secret t.zip BL.tar.md5")
    let failure = await #expect(throws: Failure.self) { try await openFirst() }
    #expect(failure?.code == .unsupported)
    #expect(failure?.cause.contains("encrypted") == true)
  }

  @Test func otherMethodsAreRefusedInWords() async throws {
    try workspace.shell("7z a -tzip -mm=LZMA t.zip BL.tar.md5")
    let failure = await #expect(throws: Failure.self) { try await openFirst() }
    #expect(failure?.code == .unsupported)
    #expect(failure?.cause.contains("method 14") == true)
  }

  @Test func unsafeAndRepeatedNamesAreLeftOut() async throws {
    try workspace.python(
      """
      import zipfile, warnings
      warnings.simplefilter("ignore")
      with zipfile.ZipFile("t.zip", "w") as z:
        for n in ["good", "dir/", "../evil", "a/b", "..", "bell\\x07", "good", "gut-\\u00e4"]:
          z.writestr(zipfile.ZipInfo(n), "1" if n == "good" else "2")
      """)
    let archive = try await ZIPArchive.read(from: MemoryFile(workspace.read("t.zip")))
    #expect(archive.entries.map(\.name) == ["good", "gut-ä"])
    #expect(archive.entries[0].headerOffset == 0)
    #expect(archive.problems.count == 6)
    #expect(archive.problems.allSatisfy { $0.utf8.allSatisfy { (0x20..<0x7F).contains($0) } })
  }

  private func openFirst() async throws -> any RandomReadable {
    let file = MemoryFile(try workspace.read("t.zip"))
    let archive = try await ZIPArchive.read(from: file)
    return try await archive.open(archive.entries[0], in: file)
  }

  /// The archive has the four files, byte for byte, whatever the tail's size.
  @discardableResult
  private func check() async throws -> ZIPArchive {
    let file = MemoryFile(try workspace.read("t.zip"))
    let archive = try await ZIPArchive.read(from: file)
    #expect(archive.problems == [])
    #expect(archive.entries.map(\.name).sorted() == Self.names)
    for (name, bytes) in zip(Self.names, Self.contents) {
      let entry = try #require(archive.entries.first { $0.name == name })
      #expect(entry.uncompressedSize == UInt64(bytes.count))
      #expect(entry.crc32 == checksum(bytes))
      let member = try await archive.open(entry, in: file)
      #expect(member.size == UInt64(bytes.count))
      #expect(try await member.bytes(at: 0, count: bytes.count) == bytes, "\(name)")
    }
    for tailSize in [1, 22, 100, 1000, Int.max] {
      #expect(try await ZIPArchive.read(from: file, tailSize: tailSize) == archive)
    }
    return archive
  }
}
