import Primitives
import TestSupport
import Testing

@testable import CommandLine

@Suite(.timeLimit(.minutes(10))) struct VerificationTests {
  private static let found = [
    FileCheck(path: "/m/a.tar.md5", outcome: .right, checksums: [.crc32, .md5]),
    FileCheck(path: "/m/b\u{1B}.lz4", outcome: .wrong, checksums: [.lz4], problem: "A block is wrong."),
    FileCheck(path: "/m/c.lz4", outcome: .unread, problem: "No."),
    FileCheck(path: "/m/d", outcome: .unchecked),
  ]

  @Test func words() {
    #expect(
      Self.found.dropLast().map(\.words) == [
        "right   /m/a.tar.md5 (CRC-32, MD5)\n", "wrong   /m/b�.lz4 (LZ4): A block is wrong.\n",
        "unread  /m/c.lz4: No.\n",
      ])
    let long = "/" + String(repeating: "d/", count: 300) + "end.lz4"
    #expect(FileCheck(path: long, outcome: .right).words == "right   \(long)\n")
  }

  @Test func theWorstOutcomeCounts() {
    #expect(Verification(of: "/m", Self.found).outcome == .wrong)
    #expect(Verification(of: "/m", [Self.found[0], Self.found[2], Self.found[3]]).outcome == .unread)
    #expect(Verification(of: "/m", [Self.found[3], Self.found[0]]).outcome == .right)
    #expect(Verification(of: "/m", [Self.found[3]]).outcome == .unchecked)
    #expect(Verification(of: "/m", []).outcome == .unchecked)
    #expect(
      Verification(of: "/m", Self.found).summary
        == "1 right, 1 wrong, 1 unread; 1 has no checksum of its own.\n")
    #expect(Verification(of: "/m", [Self.found[0]]).summary == "1 right.\n")
  }

  @Test func json() throws {
    #expect(
      try Verification(of: "/m", [Self.found[0], Self.found[2]]).json() == """
        {
          "files" : [
            {
              "checksums" : [
                "CRC-32",
                "MD5"
              ],
              "outcome" : "right",
              "path" : "/m/a.tar.md5"
            },
            {
              "checksums" : [

              ],
              "outcome" : "unread",
              "path" : "/m/c.lz4",
              "problem" : "No."
            }
          ],
          "outcome" : "unread",
          "path" : "/m"
        }

        """)
  }

  // MARK: Progress

  @Test func progressIsOneLine() {
    let text = { (width: Int) in
      ProgressLine.text("AP_x.tar.md5", 1 << 30, of: 4 << 30, after: .seconds(8), width: width)
    }
    #expect(text(80) == "AP_x.tar.md5  1.0 GiB of 4.0 GiB, 25 %, 128.0 MiB/s, 24 s left")
    #expect(text(59) == "…tar.md5  1.0 GiB of 4.0 GiB, 25 %, 128.0 MiB/s, 24 s left")
    for width in 1...60 { #expect(text(width).count < width) }
    #expect(ProgressLine.text("a", 0, of: 0, after: .zero, width: 80) == "a  0 B of 0 B, 100 %, 0 B/s")
  }

  @Test func progressIsForTerminalsOnly() {
    let written = Locked("")
    let line = ProgressLine(width: nil) { text in written.withLock { $0 += text } }
    line.begin("a")
    line.show(1, of: 2)
    line.clear()
    #expect(written.withLock { $0 }.isEmpty)
  }

  // MARK: Copies

  /// 20,000 bytes, whose MD5 `md5sum` tells.
  private static let content = [UInt8](repeating: UInt8(ascii: "a"), count: 19_999) + [0]
  private static let line = "f1ec1240a2481dab1eaf87934607658a  x.tar\n"

  private func verify(_ path: PathName, isJSON: Bool = false) -> (
    status: Int32, output: String, errors: String
  ) {
    let written = Locked((output: "", errors: ""))
    let output = ProgramOutput(
      standard: { text in
        written.withLock { $0.output += text }
        return true
      }, error: { text in written.withLock { $0.errors += text } })
    let status = VerifyCommand(
      VerifyOptions(path: path, isJSON: isJSON), output: output, terminalWidth: nil
    ).run()
    return written.withLock { (status, $0.output, $0.errors) }
  }

  @Test func copiesAreCheckedWithWhatTheyCarry() throws {
    try withTemporaryDirectory { directory in
      let tar = try directory.appending("x.tar.md5")
      try writeFile(tar.text, Self.content + Array(Self.line.utf8))
      #expect(verify(tar) == (0, "right   \(tar) (MD5)\n", ""))
      try #require(
        shell(
          """
          cd '\(directory)' && mkdir deep && head -c 300000 /dev/urandom >noise &&
          lz4 -q -BX --content-size noise deep/x.img.lz4 && lz4 -q -B4 -BD noise deep/y.bin.lz4 &&
          ln -s . deep/loop && mkfifo pipe && ln deep/x.img.lz4 again.lz4
          """
        ).status == 0)
      let all = verify(directory)
      #expect(all.status == 0)
      #expect(all.errors.isEmpty)
      #expect(all.output.contains("right   \(directory)/deep/y.bin.lz4 (LZ4)\n"))
      #expect(all.output.hasSuffix("\n3 right; 1 has no checksum of its own.\n"))
      #expect(all.output.split(separator: "\n").count == 4)

      var packed = try readFile("\(directory)/deep/y.bin.lz4")
      packed[packed.count - 1] ^= 1
      try writeFile("\(directory)/deep/y.bin.lz4", packed)
      let wrong = verify(directory)
      #expect(wrong.status == 1)
      #expect(
        wrong.output.contains(
          "wrong   \(directory)/deep/y.bin.lz4 (LZ4): \"y.bin.lz4\" is damaged: the content checksum"))
      #expect(wrong.output.contains("\n2 right, 1 wrong; 1 has"))
      let json = verify(directory, isJSON: true)
      #expect(json.status == 1)
      #expect(json.errors.isEmpty)
      #expect(
        json.output.hasPrefix("{\n  \"files\" : [") && json.output.contains(#""outcome" : "unchecked""#))
    }
  }

  @Test func whatCannotBeCheckedIsSaid() throws {
    try withTemporaryDirectory { directory in
      let cure = "Name a .zip, .zip.enc4, .tar.md5 or .lz4 file, or a directory with some."
      #expect(verify(directory) == (1, "", "fusfs: \(directory) has nothing that can be checked. \(cure)\n"))
      let missing = try directory.appending("none")
      #expect(
        verify(missing) == (1, "", "fusfs: \(missing) cannot be looked at: No such file or directory.\n"))
      let bare = try directory.appending("bare.bin")
      try writeFile(bare.text, Self.content)
      #expect(verify(bare) == (1, "", "fusfs: \(bare) has nothing that can be checked. \(cure)\n"))
      let cut = try directory.appending("cut.tar.md5")
      try writeFile(cut.text, Self.content)
      let words = "wrong   \(cut): it does not end with its MD5 line: it may be cut off.\n"
      #expect(verify(cut) == (1, words, ""))
      let noise = try directory.appending("noise.lz4")
      try writeFile(noise.text, Self.content)
      let found = verify(noise)
      #expect(found.status == 1)
      #expect(found.output.hasPrefix("wrong   \(noise) (LZ4): \"noise.lz4\" is damaged: "))
      #expect(
        verify(try #require(PathName("/dev/null", in: "/", home: nil))).errors
          == "fusfs: /dev/null is neither a file nor a directory.\n")
    }
  }
}
