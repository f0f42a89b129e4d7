import FirmwareFormats
import TestSupport
import Testing

/// Archives of other programs, each compared with what Python's tarfile finds in it.
@Suite(.timeLimit(.minutes(10)))
struct TarMakersTests {
  private let workspace = TemporaryDirectory()

  /// A tree with names of every length. `narrow` is what ustar can hold, `wide` all of it.
  init() throws {
    try workspace.python(
      """
      import os
      def put(path, size, time=1700000000.0):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "wb").write(bytes((i * 7) % 251 for i in range(size)))
        os.utime(path, (time, time))
      for root in "narrow", "wide":
        put(root + "/boot.img.lz4", 1000)
        put(root + "/empty", 0)
        put(root + "/block", 512, 0)
        put(root + "/meta-data/fota.zip", 70000, 1700000000.75)
        put(root + "/" + "d" * 90 + "/" + "f" * 60, 11)
        os.mkdir(root + "/hollow")
      put("wide/" + "n" * 255, 3)
      put("wide/" + "/".join(c * 80 for c in "abcdefgh") + "/deep.img", 5000)
      put("wide/" + "x" * 99, 1)
      put("wide/" + "y" * 100, 2)
      put("wide/" + "z" * 101, 3)
      put("wide/before", 4, -1.5)
      """)
  }

  private static let reference = """
    import tarfile, math
    for m in tarfile.open("t.tar"):
      if (m.isreg() and not m.issparse() or m.isdir()) and m.name != ".":
        print(m.name.removeprefix("./"), "file" if m.isreg() else "directory", m.offset, m.offset_data, m.size,
          math.floor(m.mtime), sep="|")
    """

  /// What Python finds in `t.tar` and what the scanner does are the same.
  private func check(_ comment: String) throws -> TarScanner {
    let expected = try workspace.shell("python3 - <<'END'\n\(Self.reference)\nEND")
    let scanner = TarScanner(try workspace.read("t.tar"))
    let found = scanner.entries.map { entry in
      "\(entry.path.joined(separator: "/"))|\(entry.kind)|\(entry.headerOffset)|\(entry.dataOffset)|"
        + "\(entry.size)|\(entry.modified ?? -1)\n"
    }
    #expect(found.joined() == expected, "\(comment)")
    #expect(!found.isEmpty, "\(comment)")
    #expect(scanner.isComplete, "\(comment): \(scanner.damage ?? "")")
    return scanner
  }

  @Test(arguments: [
    "tar --format=v7 -C narrow -cf t.tar boot.img.lz4 block meta-data hollow",
    "tar --format=ustar -C narrow -cf t.tar .",
    "tar --format=oldgnu -C wide -cf t.tar .",
    "tar --format=gnu -C wide -cf t.tar .",
    "tar --format=gnu -cf t.tar wide",
    "tar --format=gnu -b 1 -C wide -cf t.tar .",
    "tar --format=pax -C wide -cf t.tar .",
    "tar --format=posix --pax-option=globexthdr.name=g,mtime=1234567890 -C wide -cf t.tar .",
    "tar --format=posix --pax-option='mtime:=1234567890' -C wide -cf t.tar .",
  ])
  func gnuTar(command: String) throws {
    try workspace.shell(command)
    #expect(try check(command).problems == [])
  }

  @Test(arguments: ["USTAR", "GNU", "PAX"])
  func pythonTarfile(format: String) throws {
    try workspace.python(
      """
      import tarfile
      with tarfile.open("t.tar", "w", format=tarfile.\(format)_FORMAT) as t:
        t.add("narrow" if "\(format)" == "USTAR" else "wide", arcname="AP")
        i = tarfile.TarInfo("\\u00e4\\u4e16.img"); t.addfile(i)
      """)
    #expect(try check(format).paths.last == "ä世.img")
  }

  @Test(
    .enabled(if: (try? shell("command -v bsdtar"))?.status == 0, "bsdtar is not installed"),
    arguments: ["v7", "ustar", "gnutar", "pax"])
  func bsdtar(format: String) throws {
    let tree = format == "v7" || format == "ustar" ? "narrow" : "wide"
    let exclude = format == "v7" ? "--exclude 'ddd*'" : ""
    try workspace.shell("bsdtar --format=\(format) \(exclude) -cf t.tar -C \(tree) .")
    #expect(try check(format).problems == [])
  }

  @Test(arguments: ["ustar", "gnu", "pax"])
  func linksAndOthersAreLeftOut(format: String) throws {
    try workspace.shell(
      """
      cd narrow; ln -s \(String(repeating: "t", count: 90)) link; ln block hard; mkfifo pipe; echo last > zz
      tar --format=\(format) -cf ../t.tar block link hard pipe zz
      """)
    let scanner = try check(format)
    #expect(scanner.paths == ["block", "zz"])
    for (problem, words) in zip(scanner.problems, ["symbolic link", "hard link", "FIFO"]) {
      #expect(problem.contains(words))
    }
    #expect(scanner.problems.count == 3)
  }

  /// A link's name of more than 100 bytes has an extension header of its own.
  @Test(arguments: ["gnu", "pax"])
  func longLinks(format: String) throws {
    let target = String(repeating: "t", count: 180)
    try workspace.shell(
      "cd narrow; ln -s \(target) \(String(repeating: "l", count: 120)); tar --format=\(format) -cf ../t.tar l* block"
    )
    #expect(try check(format).paths == ["block"])
  }

  /// Forty stretches of data: the map does not fit into the header.
  @Test(arguments: [
    "--format=gnu", "--format=posix --sparse-version=0.0", "--format=posix --sparse-version=0.1",
    "--format=posix --sparse-version=1.0",
  ])
  func sparseFilesAreLeftOut(format: String) throws {
    try workspace.python(
      """
      with open("holes", "wb") as f:
        for i in range(40):
          f.seek(i * 65536); f.write(b"data" * 1024)
        f.truncate(40 * 65536)
      """)
    try workspace.shell(
      "echo after > after; tar \(format) --sparse --hole-detection=raw -cf t.tar holes after")
    let scanner = try check(format)
    #expect(scanner.paths == ["after"])
    #expect(scanner.problems.count == 1)
    #expect(scanner.problems.first?.contains("sparse") == true)
  }

  /// Only the headers are there; the 9 GiB between them are never asked for.
  @Test(arguments: ["gnu", "posix"])
  func moreThanOctalDigitsCanSay(format: String) throws {
    let large: UInt64 = 9 << 30
    try workspace.shell(
      """
      truncate -s \(large) large; echo small > small
      (tar --format=\(format) -cf - large || true) 2> errors | head -c 4096 > head
      tar --format=\(format) -cf tail small
      """)
    let head = try workspace.read("head")
    let tail = try workspace.read("tail")
    let dataOffset = UInt64(format == "gnu" ? 512 : 1536)
    let end = dataOffset + large
    var scanner = TarScanner(size: end + UInt64(tail.count))
    while let wanted = scanner.wanted {
      let (bytes, start) = wanted.lowerBound < end ? (head, 0) : (tail, end)
      let range = Int(wanted.lowerBound - start)..<Int(wanted.upperBound - start)
      try #require(range.upperBound <= bytes.count)
      scanner.feed(bytes[range], at: wanted.lowerBound)
    }
    #expect(scanner.isComplete)
    #expect(scanner.paths == ["large", "small"])
    #expect(scanner.entries.map(\.size) == [large, 6])
    #expect(scanner.entries.first?.dataOffset == dataOffset)
    #expect(scanner.entries.last?.headerOffset == end)
  }
}
