import Glibc
import TestSupport
import Testing

extension MountTests {
  /// The right bytes come in the end, whatever the server does; and nobody waits longer than promised.
  @Suite struct ResilienceTests {
    @Test func copyOutlivesAuthorisationsThatLapse() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases, ["--lapse-after", "0.3", "--rate", "4M"])
      let mount = try Mount(server, ["--connections", "4"])
      #expect(
        try mount.sha256("\(mount.release())/\(releases[0].package.path)") == releases[0].package.sha256)
      #expect(try server.counters.statuses["401"] ?? 0 > 0)
    }

    @Test func copyOutlivesAuthorisationsThatLapseByBytes() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases, ["--lapse-bytes", "3M", "--rotate-nonce"])
      let mount = try Mount(server)
      #expect(
        try mount.sha256("\(mount.release())/\(releases[0].package.path)") == releases[0].package.sha256)
      #expect(try server.counters.statuses["401"] ?? 0 > 0)
    }

    /// As many requests at once as there can be: each authorisation lapses before any of them has been answered whole.
    @Test func fetchOutlivesAuthorisationsThatLapseAtOnce() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases, ["--lapse-bytes", "4M"])
      for _ in 0..<4 {
        let mount = try Mount(server)
        let fetched = try shell("'\(Binaries.fusfs)' fetch '\(mount.release())'")
        #expect(fetched.status == 0, "\(fetched.errors)\(mount.logText)")
        #expect(!mount.logText.contains("error:"), "\(mount.logText)")
        #expect(
          try mount.sha256("\(mount.release())/\(releases[0].package.path)") == releases[0].package.sha256)
      }
    }

    @Test(arguments: [
      "500@data", "503@data", "reset@data", "short@data", "ignore-range@data", "wrong-range@data",
      "wrong-total@data",
      "html@data",
    ]) func copyOutlivesFaults(fault: String) throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases)
      let mount = try Mount(server, ["--read-timeout", "20"])
      _ = try shell("ls -l '\(mount.release())'")
      try server.set("fault=\(fault)x3")
      #expect(
        try mount.sha256("\(mount.release())/\(releases[0].encrypted.path)") == releases[0].encrypted.sha256)
      try server.set("fault=")
      #expect(
        try mount.sha256("\(mount.release())/\(releases[0].package.path)") == releases[0].package.sha256)
    }

    @Test func tooManyRequestsAreAnsweredBySlowingDown() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases, ["--parallel", "2", "--latency", "20"])
      let mount = try Mount(server, ["--connections", "8", "--read-timeout", "60"])
      #expect(
        try mount.sha256("\(mount.release())/\(releases[0].package.path)", within: .seconds(120))
          == releases[0].package.sha256)
    }

    @Test func nothingKeptIsFetchedAgainAfterKill() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases, ["--rate", "4M"])
      let mount = try Mount(server, ["--connections", "4"])
      let path = "\(mount.release())/\(releases[0].encrypted.path)"
      let copy = try ChildProcess(["sha256sum", path])
      while try server.counters.bytesSent < releases[0].encrypted.size / 2 { usleep(50_000) }
      try mount.kill()
      copy.end()
      let kept = try shell("sqlite3 'file:\(mount.cache)/blocks.sqlite?mode=ro' 'select count(*) from block'")
        .output
      try server.resetCounters()
      try server.set("rate=off")
      try mount.mount()
      #expect(try mount.sha256(path) == releases[0].encrypted.sha256)
      let blocks = try #require(UInt64(kept.filter(\.isNumber)))
      #expect(blocks > 0)
      let sent = try server.counters.bytesSent
      // Each kept block but the last is 256 KiB or more; control replies are small.
      #expect(sent < releases[0].encrypted.size - (blocks - 1) * (256 << 10) + (64 << 10))
    }

    @Test func waitingReadsHoldUpNobody() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases)
      let mount = try Mount(server, ["--read-timeout", "8"])
      let path = "\(mount.release())/\(releases[0].encrypted.path)"
      #expect(try shell("ls -l '\(mount.release())'").status == 0)
      try server.set("fault=stall:0@data")
      let reads = try (0..<64).map { number in
        try ChildProcess([
          "dd", "if=\(path)", "of=/dev/null", "bs=4K", "count=1", "skip=\(number * 16)", "iflag=direct",
        ])
      }
      usleep(500_000)
      var longest = Duration.zero
      for _ in 0..<10 {
        let start = ContinuousClock.now
        #expect(try shell("ls -l '\(mount.release())' '\(mount.path)/SM-A207F/SER'").status == 0)
        longest = max(longest, ContinuousClock.now - start)
      }
      // A shell and `ls` take some of it; a listing that waited for the server would take seconds.
      #expect(longest < .seconds(1), "\(longest)")
      for read in reads {
        let end = try read.finish(within: .seconds(20))
        #expect(end.status != 0)
        #expect(end.errors.contains("timed out"), "\(end.errors)")
      }
      try server.set("fault=")
      usleep(600_000)
      #expect(try mount.sha256(path) == releases[0].encrypted.sha256)
    }

    @Test func interruptEndsAStuckStatAtOnce() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases, ["--fault", "stall:0@data"])
      let mount = try Mount(server, ["--read-timeout", "30"])
      #expect(try shell("ls '\(mount.release())'").status == 0)
      let stat = try ChildProcess(["stat", "\(mount.release())/\(releases[0].package.path)"])
      usleep(500_000)
      #expect(stat.exitStatus == nil)
      let start = ContinuousClock.now
      stat.signal(SIGINT)
      _ = try stat.finish(within: .seconds(10))
      #expect(ContinuousClock.now - start < .seconds(3))
    }

    @Test func stuckReadEndsAtItsDeadline() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases)
      let mount = try Mount(server, ["--read-timeout", "2"])
      #expect(try shell("ls -l '\(mount.release())'").status == 0)
      try server.set("fault=stall:0@data")
      let start = ContinuousClock.now
      let read = try shell("cat '\(mount.release())/\(releases[0].encrypted.path)' > /dev/null")
      #expect(read.status != 0)
      #expect(read.errors.contains("timed out"), "\(read.errors)")
      // One deadline, though the kernel asks again for each page; the rest is for slow machines.
      #expect(ContinuousClock.now - start < .seconds(3.8))
    }

    @Test func damageOnTheWayIsFetchedAnew() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases, ["--fault", "flip:50000@tailx1"])
      let mount = try Mount(server)
      #expect(try shell("stat '\(mount.release())/\(releases[0].package.path)'").status == 0)
      // A member's checksum tells. The kernel may ask again for a page that it had read ahead, so that the first reader
      // gets the right bytes already; it never gets wrong ones.
      let member = releases[0].member("AP_")
      let path = "\(mount.release())/\(member.path)"
      #expect(try shell("head -c 1000 '\(path)' > /dev/null").status == 0)
      try server.set("fault=flip:2000@datax1")
      let first = try shell("sha256sum < '\(path)'")
      #expect(first.status != 0 || first.output.hasPrefix(member.sha256))
      #expect(mount.logs("damaged"), "\(mount.logText)")
      #expect(try mount.sha256(path) == member.sha256)
    }

    @Test func aLongPauseThatTheServerAsksForEndsSoon() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases)
      let mount = try Mount(server, ["--read-timeout", "3"])
      #expect(try shell("ls -l '\(mount.release())'").status == 0)
      try server.set("fault=503:600@datax1")
      let path = "\(mount.release())/\(releases[0].encrypted.path)"
      let refused = try shell("head -c 1000 '\(path)' | wc -c")
      #expect(refused.errors.contains("Input/output error"), "\(refused.errors)")
      #expect(mount.logs("503"), "\(mount.logText)")
      usleep(11_000_000)
      #expect(try mount.sha256(path) == releases[0].encrypted.sha256)
    }

    @Test func unknownDevicesAreNotAskedForAgain() throws {
      let server = try EmulatedServer(try MadeRelease.two.get())
      let mount = try Mount(server)
      for _ in 0..<5 {
        let result = try shell("ls '\(mount.path)/SM-X999Z/SER'")
        #expect(result.errors.contains("No such file or directory"))
      }
      #expect(try server.counters.requests["history"] == 1)
      #expect(try shell("ls '\(mount.path)/SM-A207F/XXX'").status != 0)
      #expect(try server.counters.requests["history"] == 2)
      for name in [
        ".git", "sm-a207f", "SM-A207F/ser", "SM-A207F/EURO", "Thumbs.db", "autorun.inf", "SM-A207F/.git",
        "a b", "SM-A207F/%2F",
      ] {
        #expect(
          try shell("ls '\(mount.path)/\(name)'").errors.contains("No such file or directory"), "\(name)")
      }
      #expect(try server.counters.requests["history"] == 2)
      for name in [".git", "HEAD", "desktop.ini", ".hidden"]
      where name.hasPrefix(".") || name == "desktop.ini" {
        #expect(try shell("ls '\(mount.release())/\(name)'").status != 0)
      }
      #expect(try server.counters.requests["data"] == 0)
    }
  }
}
