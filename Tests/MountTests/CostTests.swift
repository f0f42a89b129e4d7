import Glibc
import TestSupport
import Testing

extension MountTests {
  /// What is looked at is fetched, and nothing else; and nobody waits for more than what was asked for.
  @Suite struct CostTests {
    /// The bytes of firmware that the server has sent, when nothing is under way any more.
    private func bytesSent(by server: EmulatedServer) throws -> UInt64 {
      #expect(try eventuallyBlocking(within: .seconds(10)) { try server.counters.active == 0 })
      return try server.counters.bytesSent
    }

    private func requestsForData(to server: EmulatedServer) throws -> Int {
      try server.counters.requests["data"] ?? 0
    }

    private func listing(_ mount: Mount, _ path: String) throws -> Set<String> {
      let listed = try shell("ls '\(mount.release())/\(path)'")
      #expect(listed.status == 0, "\(listed.errors)")
      return Set(listed.output.split(separator: "\n").map(String.init))
    }

    @Test(arguments: [("BL", "sboot.bin"), ("AP", "boot.img"), ("AP", "vbmeta.img"), ("CP", "modem.bin")])
    func anEntryCostsWhatLiesBeforeIt(member: String, name: String) throws {
      let release = try MadeRelease(
        version: "A207FXXU2CUI2", megabytes: 16, seed: 4, options: "--encryption none")
      let server = try EmulatedServer([release])
      let mount = try Mount(server)
      let file = try #require(release.files.first { $0.path == "\(member)/\(name)" })
      #expect(try mount.sha256("\(mount.release())/\(file.path)") == file.sha256)
      let end = try shell(
        """
        '\(Binaries.packageTools)/compressed-end.py' '\(release.directory)'/*.zip \(member)_ \(name).lz4
        """)
      let needed = try #require(UInt64(end.output.filter(\.isNumber)), "\(end.errors)")
      let sent = try bytesSent(by: server)
      #expect(sent <= needed * 11 / 10 + 2 << 20, "\(sent) bytes for what ends at \(needed)")
    }

    @Test func aReleaseIsListedForNothing() throws {
      let release = try MadeRelease.two.get()[1]
      let server = try EmulatedServer([release])
      let mount = try Mount(server)
      #expect(try listing(mount, "") == release.topNames)
      #expect(try requestsForData(to: server) == 0)
      for folder in release.folders {
        let kind = try shell("stat -c %F '\(mount.release())/\(folder)'")
        #expect(kind.output == "directory\n", "\(folder): \(kind.errors)")
      }
      #expect(try requestsForData(to: server) <= 1)
      #expect(try bytesSent(by: server) <= 1 << 20)
    }

    @Test func aDirectoryIsListedForNothingTheSecondTime() throws {
      let release = try MadeRelease.two.get()[1]
      let server = try EmulatedServer([release])
      let mount = try Mount(server)
      let first = try listing(mount, "AP")
      #expect(first == release.names(in: "AP"))
      _ = try bytesSent(by: server)
      try server.resetCounters()
      #expect(try listing(mount, "AP") == first)
      #expect(try requestsForData(to: server) == 0)
      try mount.unmount()
      try mount.mount()
      #expect(try listing(mount, "AP") == first)
      #expect(try listing(mount, "AP/meta-data") == release.names(in: "AP/meta-data"))
      #expect(try shell("ls -l '\(mount.release())/AP'").status == 0)
      #expect(try requestsForData(to: server) == 0)
    }

    @Test func namesThatAreProbedForCostNothing() throws {
      let server = try EmulatedServer([try MadeRelease.two.get()[1]])
      let mount = try Mount(server)
      for name in [
        ".git", "desktop.ini", "AP/.git", "AP/.hidden", "AP/HEAD", "AP/desktop.ini", "AP/Thumbs.db",
        "AP/autorun.inf", "AP/lost+found", "BL/.Trash", "HOME_CSC/.hidden",
      ] {
        let found = try shell("stat '\(mount.release())/\(name)'")
        #expect(found.errors.contains("No such file or directory"), "\(name): \(found.errors)")
      }
      #expect(try requestsForData(to: server) == 0)
    }

    @Test func directoriesCanBeSwitchedOff() throws {
      let release = try MadeRelease.two.get()[1]
      let server = try EmulatedServer([release])
      let mount = try Mount(server, ["-o", "expand=off"])
      #expect(try listing(mount, "") == Set(release.topFiles.map(\.path) + MadeRelease.told))
      for name in ["AP", "AP/boot.img"] {
        let found = try shell("stat '\(mount.release())/\(name)'")
        #expect(found.errors.contains("No such file or directory"), "\(name): \(found.errors)")
      }
      #expect(try requestsForData(to: server) <= 1)
    }

    @Test func directoriesCanShowWhatIsKnownAlone() throws {
      let release = try MadeRelease.two.get()[1]
      let server = try EmulatedServer([release])
      let mount = try Mount(server, ["-o", "expand=known"])
      let unknown = try shell("ls '\(mount.release())/AP'; ls '\(mount.release())/AP/boot.img'")
      #expect(unknown.output.isEmpty)
      #expect(try bytesSent(by: server) <= 1 << 20)
      // A whole read of the member finds out what lies in it.
      #expect(
        try mount.sha256("\(mount.release())/\(release.member("AP_").path)") == release.member("AP_").sha256)
      try mount.unmount()
      try mount.mount()
      #expect(try listing(mount, "AP") == release.names(in: "AP"))
      let file = try #require(release.files.first { $0.path == "AP/boot.img" })
      #expect(try mount.sha256("\(mount.release())/AP/boot.img") == file.sha256)
    }

    /// A copy that is killed in the middle leaves the entries that it passed, and where to begin among them.
    @Test func aPassThatIsBrokenOffLeavesWhatItLearnt() throws {
      let release = try MadeRelease.two.get()[1]
      let server = try EmulatedServer([release], ["--rate", "4M"])
      let mount = try Mount(server, ["-o", "expand=known", "--connections", "2"])
      let member = "\(mount.release())/\(release.member("AP_").path)"
      let copy = try ChildProcess(["dd", "if=\(member)", "of=/dev/null", "bs=64K", "status=none"])
      let first = try #require(release.files.first { $0.path == "AP/boot.img.lz4" })
      let isPast = try eventuallyBlocking(within: .seconds(60)) {
        try server.counters.bytesSent > 2 * first.size + 4 << 20
      }
      #expect(isPast)
      // Every two seconds what was learnt is kept, and soon after written.
      usleep(3_000_000)
      try mount.kill()
      _ = try copy.finish(within: .seconds(30))
      try server.set("rate=off")
      try mount.mount()
      try server.resetCounters()
      #expect(try listing(mount, "AP").contains("boot.img"))
      let file = try #require(release.files.first { $0.path == "AP/boot.img" })
      #expect(try mount.sha256("\(mount.release())/AP/boot.img") == file.sha256)
      #expect(try requestsForData(to: server) == 0)
    }

    @Test func namesAreListedAsTheyAreFound() throws {
      let release = try MadeRelease.two.get()[1]
      let server = try EmulatedServer([release], ["--rate", "1M"])
      let mount = try Mount(server, ["--connections", "2"])
      let listing = try ChildProcess(["stdbuf", "-oL", "ls", "-U1", "\(mount.release())/AP"])
      let first = try listing.firstLine(within: .seconds(30))
      #expect(listing.exitStatus == nil, "all was listed when the first line came")
      #expect(try server.counters.bytesSent < release.member("AP_").size / 2)
      try server.set("rate=off")
      let rest = try listing.finish(within: .seconds(60))
      #expect(rest.status == 0, "\(rest.errors)")
      #expect(Set(rest.output.split(separator: "\n").map(String.init) + [first]) == release.names(in: "AP"))
    }

    @Test func anInterruptEndsAStuckListingAndTheNextGoesOn() throws {
      let release = try MadeRelease.two.get()[1]
      let server = try EmulatedServer([release], ["--rate", "2M"])
      let mount = try Mount(server, ["--connections", "2", "--read-timeout", "12"])
      let stuck = try ChildProcess(["ls", "\(mount.release())/AP"])
      #expect(try eventuallyBlocking { try server.counters.bytesSent > 1 << 20 })
      try server.set("fault=stall:0@data")
      usleep(300_000)
      #expect(stuck.exitStatus == nil)
      let start = ContinuousClock.now
      stuck.signal(SIGINT)
      _ = try stuck.finish(within: .seconds(20))
      #expect(ContinuousClock.now - start < .seconds(3))
      try server.set("fault=", "rate=off")
      // The next one may meet a download that is still stuck, and have to wait until that is given up.
      #expect(
        try eventuallyBlocking(within: .seconds(40)) {
          try shell("ls '\(mount.release())/AP'").status == 0
        })
      #expect(try listing(mount, "AP") == release.names(in: "AP"))
      // What came before the interrupt is not fetched again, but for what was on its way.
      #expect(try bytesSent(by: server) < (release.encrypted.size + 4 << 20))
    }
  }
}
