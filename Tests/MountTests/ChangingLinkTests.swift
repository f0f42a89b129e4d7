import Glibc
import TestSupport
import Testing

extension MountTests {
  /// A link that goes, comes back and changes its speed while a package is read: the bytes are right, and no read waits
  /// for longer than its deadline, or the copy would fail.
  @Suite struct ChangingLinkTests {
    private func copy(_ mount: Mount, _ file: MadeRelease.TrueFile, while change: () throws -> Void) throws {
      let copy = try ChildProcess(["sha256sum", "\(mount.release())/\(file.path)"])
      defer { copy.end() }
      try change()
      // What is asked for while the link is slow would alone take longer.
      let end = try copy.finish(within: .seconds(120))
      #expect(end.status == 0, "\(end.errors)")
      #expect(end.output.hasPrefix(file.sha256))
    }

    private func waitForBytes(_ bytes: UInt64, from server: EmulatedServer) throws {
      #expect(try eventuallyBlocking(within: .seconds(60)) { try server.counters.bytesSent >= bytes })
    }

    @Test func aLinkThatIsGoneForAWhile() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases, ["--rate", "2M", "--latency", "20"])
      let mount = try Mount(server, ["--connections", "4", "--read-timeout", "20"])
      try copy(mount, releases[0].encrypted) {
        for megabytes in [8, 16] as [UInt64] {
          try waitForBytes(megabytes << 20, from: server)
          server.vanish(for: 3)
        }
      }
      // What was on its way came once more at most, on another connection.
      #expect(try server.counters.bytesSent < releases[0].encrypted.size * 3 / 2)
    }

    @Test func aLinkThatIsHundredsOfTimesSlowerForAWhile() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases, ["--rate", "2M", "--latency", "20"])
      let mount = try Mount(server, ["--connections", "4", "--read-timeout", "60"])
      try copy(mount, releases[0].package) {
        try waitForBytes(8 << 20, from: server)
        try server.set("rate=5K")
        sleep(8)
        try server.set("rate=2M")
      }
    }

    @Test(arguments: ["stall:100000@datax2", "stall@datax1"])
    func connectionsThatAreStuckWhileOthersAreNot(fault: String) throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases, ["--rate", "2M", "--latency", "20"])
      let mount = try Mount(server, ["--connections", "4", "--read-timeout", "60", "--log-level", "debug"])
      _ = try shell("ls -l '\(mount.release())'")
      try server.set("fault=\(fault)")
      try copy(mount, releases[0].encrypted) {}
      // They were given up beside the others, and not because nothing came for as long as a connection may be silent.
      #expect(mount.logs("slow transfers are asked for anew."), "\(mount.logText)")
      #expect(!mount.logText.contains("sent next to nothing for"), "\(mount.logText)")
      // What was on its way came once more at most.
      #expect(try server.counters.bytesSent < releases[0].encrypted.size * 3 / 2)
    }
  }
}
