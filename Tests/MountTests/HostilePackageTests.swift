import TestSupport
import Testing

extension MountTests {
  /// Whatever lies in a package: an error number, a sentence in the log that names the file, and the rest of the tree.
  @Suite struct HostilePackageTests {
    struct Case: CustomTestStringConvertible {
      /// A function of `Tests/packages/hostile.py`.
      let kind: String
      /// Cannot be read: each is named in the log.
      let bad: [String]
      /// Hold what they should: what lies before the damage, and beside it.
      let good: [String]
      var testDescription: String { kind }

      init(_ kind: String, bad: [String], good: [String] = ["fine.img", "last.img"]) {
        self.kind = kind
        self.bad = bad
        self.good = good
      }

      static let all = [
        Case("sparse-entry", bad: ["AP/holes.img"]),
        Case("size-beyond", bad: ["AP/beyond.img"], good: ["fine.img"]),
        Case("size-overflow", bad: ["AP/beyond.img"], good: ["fine.img"]),
        Case("bad-checksum", bad: ["AP/beyond.img"], good: ["fine.img"]),
        Case("truncated-deflate", bad: ["AP_x.tar.md5", "AP/last.img"], good: ["fine.img"]),
        Case("endless-deflate", bad: ["AP_x.tar.md5", "AP/last.img"], good: []),
        Case("lz4-block", bad: ["AP/flipped.img"], good: ["fine.img", "flipped.img.lz4", "last.img"]),
        Case("lz4-cut", bad: ["AP/cut.img"], good: ["fine.img", "cut.img.lz4", "last.img"]),
        Case("sparse-sum", bad: ["AP/sum.raw.img"], good: ["fine.img", "sum.img", "last.img"]),
        Case("sparse-huge", bad: ["AP/sum.raw.img"], good: ["fine.img", "sum.img", "last.img"]),
        Case("lying-directory", bad: ["AP_x.tar.md5", "AP/fine.img"], good: []),
      ]
    }

    private static let contents = ["fine.img": "fine\n", "last.img": "last\n", "good.bin": "good\n"]
      .mapValues { String(repeating: $0, count: 1000) }

    @Test(arguments: Case.all) func onlyWhatIsDamagedIsRefused(_ hostile: Case) throws {
      let release = try HostilePackage(hostile.kind)
      let server = try EmulatedServer(folders: [release.directory])
      let mount = try Mount(server, ["--read-timeout", "10"])
      // A listing shows what it can and ends, whether with an error or not.
      let listed = try shell("ls -R '\(mount.release())'", within: .seconds(30))
      #expect(!listed.output.contains(".."))
      for path in hostile.bad {
        let read = try shell("cat '\(mount.release())/\(path)' | wc -c", within: .seconds(30))
        #expect(!read.errors.isEmpty, "\(path) was read: \(read.output)")
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let member = path.hasPrefix("AP/") ? "AP" : name
        let log = try shell("cat '\(mount.path)/.fusfs/log'").output
        let lines = log.split(separator: "\n").filter {
          $0.contains(name) || $0.contains("\(member)_x.tar.md5")
        }
        #expect(!lines.isEmpty, "\(path) is not in the log: \(log)")
      }
      for name in hostile.good {
        let read = try shell("cat '\(mount.release())/AP/\(name)'")
        #expect(read.status == 0, "\(name): \(read.errors)")
        if let content = Self.contents[name] { #expect(read.output == content, "\(name)") }
      }
      #expect(try shell("cat '\(mount.release())/BL/good.bin'").output == Self.contents["good.bin"])
      #expect(try shell("ls '\(mount.release())/BL'").output == "good.bin\n")
      #expect(try mount.peakMemory < 256 << 20)
    }

    @Test func onlyNamesThatAreSafeAreShown() throws {
      let release = try HostilePackage("names")
      let server = try EmulatedServer(folders: [release.directory])
      let mount = try Mount(server)
      #expect(try shell("ls -A '\(mount.release())/AP'").output == "fine.img\nlast.img\n")
      #expect(try shell("find '\(mount.release())/AP' ! -type f ! -type d").output.isEmpty)
      for name in ["escape.bin", "absolute.bin", "climbing.bin", "pointer.bin", "hardlink.bin", "device.bin"]
      {
        #expect(try shell("cat '\(mount.release())/AP/\(name)'").status != 0, "\(name)")
      }
      let log = try shell("cat '\(mount.path)/.fusfs/log'").output
      #expect(log.contains("escape.bin") || log.contains("AP_x.tar.md5"), "\(log)")
      #expect(try shell("cat '\(mount.release())/AP/last.img'").output == Self.contents["last.img"])
      // Of two entries with the same name one is shown.
      let twice = try shell("cat '\(mount.release())/AP/fine.img'").output
      #expect(twice == "a second one" || twice == Self.contents["fine.img"])
    }

    @Test func manyEntriesTakeNeitherMemoryNorTime() throws {
      let release = try HostilePackage("many-entries")
      let server = try EmulatedServer(folders: [release.directory])
      let mount = try Mount(server)
      let listed = try shell("ls -U '\(mount.release())/AP' | wc -l", within: .seconds(60))
      if listed.errors.isEmpty {
        #expect(listed.output == "100002\n")
        #expect(try shell("cat '\(mount.release())/AP/last.img'").output == Self.contents["last.img"])
      } else {
        #expect(try shell("grep -q AP '\(mount.path)/.fusfs/log'").status == 0, "not logged")
      }
      #expect(try shell("cat '\(mount.release())/BL/good.bin'").output == Self.contents["good.bin"])
      #expect(try mount.peakMemory < 256 << 20)
    }
  }
}
