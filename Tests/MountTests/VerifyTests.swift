import FoundationEssentials
import TestSupport
import Testing

extension MountTests {
  /// `fusfs verify` of what a mount shows: all that is right is said to be, and each kind of wrong is found.
  @Suite struct VerifyTests {
    private struct Result: Decodable {
      struct File: Decodable {
        let path: String
        let outcome: String
        let checksums: [String]
        let problem: String?
      }

      let path: String
      let outcome: String
      let files: [File]
    }

    private func verify(_ path: String, _ options: String...) throws -> ChildProcess.Finished {
      try ChildProcess([Binaries.fusfs, "verify", path] + options).finish(within: .seconds(60))
    }

    /// A file's attribute `user.fus.verified`.
    private func verified(_ path: String) throws -> String {
      let script = "import os, sys; print(os.getxattr(sys.argv[1], 'user.fus.verified').decode())"
      return try shell("python3 -c \"\(script)\" '\(path)'").output.filter { !$0.isWhitespace }
    }

    @Test func aGoodReleaseIsAllRight() throws {
      let release = try MadeRelease.two.get()[1]
      let server = try EmulatedServer([release])
      let mount = try Mount(server)
      let found = try verify(mount.release(), "--json")
      #expect(found.status == 0, "\(found.output)\(found.errors)")
      let result = try JSONDecoder().decode(Result.self, from: Data(found.output.utf8))
      #expect(result.path == mount.release())
      #expect(result.outcome == "right")
      let names = result.files.map { String($0.path.dropFirst(mount.release().count + 1)) }
      #expect(Set(names) == Set(release.files.map(\.path) + MadeRelease.told))
      #expect(names.count == Set(names).count)
      for (name, file) in zip(names, result.files) {
        let hasNoChecksums = ["AP/dtbo.img.lz4", "CP/modem_debug.bin.lz4"].contains(name)
        let expected: [String] =
          switch name {
          case _ where hasNoChecksums: []
          case let name where name.contains(".zip.enc"): ["CRC-32"]
          case let name where name.hasSuffix(".tar.md5"): ["CRC-32", "MD5"]
          case let name where name.hasSuffix(".lz4"): ["LZ4"]
          default: []
          }
        #expect(file.checksums == expected, "\(name)")
        #expect(file.outcome == (expected.isEmpty ? "unchecked" : "right"), "\(name)")
        #expect((file.problem != nil) == hasNoChecksums, "\(name)")
      }
      for file in [release.encrypted, release.package, release.member("AP_")] {
        #expect(try verified("\(mount.release())/\(file.path)") == "yes", "\(file.path)")
      }
      // All of it was read once from the server, and a few blocks at its end.
      #expect(try server.counters.bytesSent < release.encrypted.size + (4 << 20))

      // The same release under its own name is the same files.
      let region = try verify("\(mount.path)/SM-A207F/SER")
      #expect(region.status == 0)
      let count = result.files.count { $0.outcome == "right" }
      #expect(region.output.contains("\n\(count) right; "), "\(region.output)")
    }

    @Test func oneFileIsCheckedByItself() throws {
      let release = try MadeRelease.two.get()[1]
      let server = try EmulatedServer([release])
      let mount = try Mount(server)
      for (name, words) in [
        (release.encrypted.path, "CRC-32"), (release.member("BL_").path, "CRC-32, MD5"),
        ("BL/sboot.bin.lz4", "LZ4"),
      ] {
        let path = "\(mount.release())/\(name)"
        let found = try verify(path)
        #expect(found.status == 0)
        #expect(found.output == "right   \(path) (\(words))\n")
        #expect(found.errors.isEmpty)
      }
      for (name, words) in [
        ("BL/sboot.bin", "Its checksums are in"), ("release.json", "has nothing that can be checked"),
        ("BL/none.lz4", "No such file or directory"),
      ] {
        let found = try verify("\(mount.release())/\(name)")
        #expect(found.status == 1)
        #expect(found.output.isEmpty)
        #expect(found.errors.hasPrefix("fusfs: ") && found.errors.contains(words), "\(found.errors)")
      }
    }

    @Test func aCopyThatIsCutOffIsWrong() throws {
      let release = try MadeRelease.two.get()[1]
      let server = try EmulatedServer([release])
      let mount = try Mount(server)
      let folder = TemporaryDirectory()
      let (member, encrypted) = (release.member("BL_").path, release.encrypted.path)
      try folder.shell(
        """
        cp '\(mount.release())/\(member)' .
        head -c 100000 '\(member)' > cut.tar.md5
        : > empty.tar.md5
        head -c 100000 '\(mount.release())/\(encrypted)' > '\(encrypted)'
        """)
      let found = try verify(folder.path)
      #expect(found.status == 1)
      #expect(found.output.contains("right   \(folder.path)/\(member) (MD5)\n"), "\(found.output)")
      for name in ["cut.tar.md5", "empty.tar.md5"] {
        let words = "wrong   \(folder.path)/\(name): it does not end with its MD5 line"
        #expect(found.output.contains(words), "\(found.output)")
      }
      #expect(try verify("\(folder.path)/\(encrypted)").errors.contains("in a mount alone"))
    }

    @Test func aPackageThatIsNotAsStatedIsWrong() throws {
      let release = try MadeRelease.two.get()[1]
      let folder = TemporaryDirectory()
      try folder.shell(
        """
        cp -r '\(release.directory)' release
        sed -i 's/"crc32" : [0-9]*/"crc32" : 305419896/' release/release.json
        """)
      let server = try EmulatedServer(folders: ["\(folder.path)/release"])
      let mount = try Mount(server)
      let path = "\(mount.release())/\(release.encrypted.path)"
      // The last bytes are not given, and what was given is not taken back: the copy fails.
      let copied = try shell("cat '\(path)' | wc -c")
      #expect(copied.errors.contains("Input/output error"))
      #expect(UInt64(copied.output.filter(\.isNumber)) ?? 0 < release.encrypted.size)
      #expect(mount.logs("\(release.encrypted.path) is damaged"), "\(mount.logText)")
      #expect(try verified(path) == "no")
      let found = try verify(mount.release())
      #expect(found.status == 1)
      let wrong = found.output.split(separator: "\n").filter { !$0.hasPrefix("right ") }
      #expect(wrong.first?.hasPrefix("wrong   \(path) (CRC-32): ") == true, "\(found.output)")
      #expect(wrong.count == 2 && wrong.last?.contains(" 1 wrong; ") == true, "\(found.output)")
    }

    struct Case: CustomTestStringConvertible {
      /// A function of `Tests/packages/hostile.py`.
      let kind: String
      /// The one that is wrong, with what is said of it.
      let wrong: String
      let problem: String
      /// What a plain read of this one does.
      let read: String
      let isRefused: Bool
      var testDescription: String { kind }

      static let all = [
        Case(
          kind: "wrong-checksum", wrong: "AP_x.tar.md5 (CRC-32)", problem: "found it damaged",
          read: "AP_x.tar.md5", isRefused: true),
        Case(
          kind: "wrong-stored-checksum", wrong: "AP_x.tar.md5 (CRC-32)", problem: "found it damaged",
          read: "AP_x.tar.md5", isRefused: true),
        Case(
          kind: "md5-wrong-line", wrong: "AP_x.tar.md5 (CRC-32, MD5)",
          problem: "the MD5 of its first 12288 bytes",
          read: "AP_x.tar.md5", isRefused: false),
        Case(
          kind: "md5-wrong-among-lines", wrong: "AP_x.tar.md5 (CRC-32, MD5)",
          problem: "the MD5 of its first 12288 bytes", read: "AP_x.tar.md5", isRefused: false),
        Case(
          kind: "lz4-block", wrong: "AP/flipped.img.lz4 (LZ4)", problem: "the LZ4 block at byte 65551",
          read: "AP/flipped.img", isRefused: true),
        Case(
          kind: "lz4-content", wrong: "AP/content.img.lz4 (LZ4)", problem: "content checksum",
          read: "AP/content.img", isRefused: true),
        Case(
          kind: "lz4-cut", wrong: "AP/cut.img.lz4 (LZ4)", problem: "beyond the end at byte 100000",
          read: "AP/cut.img", isRefused: true),
      ]
    }

    @Test(arguments: Case.all) func whatIsWrongIsNamed(_ wrong: Case) throws {
      let release = try HostilePackage(wrong.kind)
      let server = try EmulatedServer(folders: [release.directory])
      let mount = try Mount(server)
      let found = try verify(mount.release())
      #expect(found.status == 1)
      let lines = found.output.split(separator: "\n").filter { $0.hasPrefix("wrong ") }
      #expect(lines.count == 1, "\(found.output)")
      #expect(lines.first?.hasPrefix("wrong   \(mount.release())/\(wrong.wrong): ") == true, "\(lines)")
      #expect(lines.first?.contains(wrong.problem) == true, "\(lines)")
      #expect(found.output.contains("right   \(mount.release())/BL_x.tar.md5 (CRC-32)\n"))
    }

    @Test(arguments: Case.all.filter(\.isRefused)) func plainReadsAreRefusedBeforeTheEnd(_ wrong: Case) throws
    {
      let release = try HostilePackage(wrong.kind)
      let server = try EmulatedServer(folders: [release.directory])
      let mount = try Mount(server)
      let path = "\(mount.release())/\(wrong.read)"
      _ = try shell("cat '\(mount.release())/AP_x.tar.md5'")
      #expect(try shell("cat '\(path)'").errors.contains("Input/output error"))
      #expect(mount.logs("\(wrong.read): "), "\(mount.logText)")
      // What has no size has no attributes either.
      guard wrong.kind != "lz4-cut" else { return }
      #expect(try verified(path) == "no")
    }

    @Test func aCopyOfWhatWasDamagedOnTheWayFails() throws {
      let release = try HostilePackage("stored")
      let server = try EmulatedServer(folders: [release.directory])
      let mount = try Mount(server)
      let path = "\(mount.release())/AP_x.tar.md5"
      #expect(try shell("stat '\(path)'").status == 0)
      try server.set("fault=flip:1@datax2")
      // Also where the kernel has read ahead and asks once more for the page that it was refused.
      let copied = try shell("cat '\(path)' | wc -c")
      #expect(copied.errors.contains("Input/output error"), "\(copied.output)")
      try server.set("fault=")
      // Nothing of the first copy is left in the kernel's pages.
      #expect(try verify(path).output == "right   \(path) (CRC-32)\n")
      #expect(try verified(path) == "yes")
    }

    @Test func severalLinesMayBeRight() throws {
      let release = try HostilePackage("md5-lines")
      let server = try EmulatedServer(folders: [release.directory])
      let mount = try Mount(server)
      let path = "\(mount.release())/AP_x.tar.md5"
      #expect(try verify(path).output == "right   \(path) (CRC-32, MD5)\n")
    }
  }
}
