import FoundationEssentials
import Glibc
import TestSupport
import Testing

extension MountTests {
  /// `fusfs cache` and `fusfs status`, beside a mount that uses the same cache.
  @Suite struct CacheCommandTests {
    private struct Report: Decodable {
      struct Package: Decodable {
        let name: String
        let size: UInt64
        let cachedBytes: UInt64
        let pinned: Bool
      }
      let directory: String
      let limitBytes: UInt64
      let fileBytes: UInt64
      let blockBytes: UInt64
      let pinnedBytes: UInt64
      let packages: [Package]
    }

    private struct Status: Decodable {
      struct Mount: Decodable {
        struct Status: Decodable {
          struct Cache: Decodable { let directory: String }
          let cache: Cache
        }
        let mountpoint: String
        let status: Status?
        let problem: String?
      }
      let mounts: [Mount]
    }

    private let releases: [MadeRelease]
    private let server: EmulatedServer
    private let mount: Mount

    init() throws {
      releases = try MadeRelease.two.get()
      server = try EmulatedServer(releases)
      mount = try Mount(server)
    }

    private func fusfs(_ arguments: [String]) throws -> ChildProcess.Finished {
      try ChildProcess([Binaries.fusfs] + arguments).finish(within: .seconds(60))
    }

    private func cache(_ arguments: String...) throws -> ChildProcess.Finished {
      try fusfs(["cache"] + arguments + ["--cache-dir", mount.cache])
    }

    private func decoded<Value: Decodable>(_ type: Value.Type, _ finished: ChildProcess.Finished) throws
      -> Value
    {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(type, from: Data(finished.outputBytes))
    }

    private func report() throws -> Report { try decoded(Report.self, cache("status", "--json")) }

    /// Reads both packages, the newer one last.
    private func readBoth() throws {
      for release in releases.reversed() {
        let file = "\(mount.release(release.version))/\(release.encrypted.path)"
        #expect(try mount.sha256(file) == release.encrypted.sha256)
      }
      let whole = releases.reduce(0) { $0 + $1.encrypted.size }
      #expect(try eventuallyBlocking { try report().blockBytes == whole })
    }

    @Test func statusTellsWhatIsCached() throws {
      let empty = try fusfs(["cache", "status", "--cache-dir", "\(mount.cache)-none"])
      #expect(empty.status == 0 && empty.output.contains("\(mount.cache)-none"), "\(empty.errors)")
      try readBoth()
      let report = try report()
      #expect(report.directory.hasSuffix(mount.cache))
      #expect(Set(report.packages.map(\.name)) == Set(releases.map(\.encrypted.path)))
      #expect(report.packages.allSatisfy { $0.cachedBytes == $0.size && !$0.pinned })
      #expect(report.fileBytes >= report.blockBytes)
      let words = try cache("status")
      #expect(words.output.contains(releases[0].encrypted.path) && words.output.contains("  100  "))
    }

    @Test func pinsSurviveTrimming() throws {
      try readBoth()
      // The older one, which would go first: by its path, from which the cache follows too.
      let old = "\(mount.release(releases[1].version))"
      let pinned = try fusfs(["cache", "pin", "\(old)/\(releases[1].member("CSC_").path)"])
      #expect(pinned.status == 0, "\(pinned.errors)")
      #expect(pinned.output == "\(releases[1].encrypted.path) is pinned.\n")
      let trimmed = try cache("trim", "1M")
      #expect(trimmed.status == 0, "\(trimmed.errors)")
      var report = try report()
      #expect(report.packages.map(\.name) == [releases[1].encrypted.path])
      #expect(report.pinnedBytes == releases[1].encrypted.size)
      #expect(report.fileBytes < report.pinnedBytes + 40 << 20)
      try server.resetCounters()
      let direct = "iflag=direct bs=1M status=none"
      let sum = try shell("dd if='\(old)/\(releases[1].encrypted.path)' \(direct) | sha256sum")
      #expect(sum.output.hasPrefix(releases[1].encrypted.sha256))
      #expect(try server.counters.ranges.isEmpty)
      // By name, and then it goes.
      #expect(try cache("unpin", releases[1].encrypted.path).status == 0)
      #expect(try cache("trim", "0").status == 0)
      report = try self.report()
      #expect(report.packages.isEmpty && report.blockBytes == 0)
    }

    @Test func modelAndRegionCanBePinnedBeforeAnythingIsFetched() throws {
      let arguments = [
        "cache", "pin", "SM-A207F/SER", "--cache-dir", mount.cache, "--server-url", server.url, "--json",
      ]
      let pinned = try fusfs(arguments)
      #expect(pinned.status == 0, "\(pinned.errors)")
      #expect(pinned.output.contains(releases[0].encrypted.path))
      let packages = try report().packages
      #expect(packages.map(\.pinned) == [true])
      #expect(try cache("unpin", "SM-nothing").status == 1)
      let cleared = try cache("clear", "--force")
      #expect(cleared.status == 0, "\(cleared.errors)")
      #expect(try report().packages.isEmpty)
    }

    @Test func clearingWhileMountedIsNoticed() throws {
      try readBoth()
      let package = "\(mount.release())/\(releases[0].encrypted.path)"
      let cleared = try cache("clear", "--json")
      #expect(cleared.status == 0, "\(cleared.errors)")
      #expect(try report().blockBytes == 0)
      // The mount goes on, fetches anew, and keeps it again.
      let sum = try shell(
        "dd if='\(package)' iflag=direct bs=1M status=none | sha256sum", within: .seconds(120))
      #expect(sum.output.hasPrefix(releases[0].encrypted.sha256))
      #expect(try cache("clear").status == 0)
      let fetched = try fusfs(["fetch", package, "--json"])
      #expect(fetched.status == 0, "\(fetched.errors)")
      #expect(try report().blockBytes == releases[0].encrypted.size)
      #expect(!mount.logText.contains("error"), "\(mount.logText)")
    }

    @Test func statusTellsWhatMountsDo() throws {
      _ = try shell("ls '\(mount.release())'")
      let one = try fusfs(["status", mount.path])
      #expect(one.status == 0, "\(one.errors)")
      #expect(one.output.hasPrefix("\(mount.path)  fusfs "))
      #expect(one.output.contains("SM-A207F/SER/\(releases[0].version)  "), "\(one.output)")
      let all = try decoded(Status.self, fusfs(["status", "--json"])).mounts
      let own = try #require(all.first { $0.mountpoint == mount.path })
      #expect(own.status?.cache.directory.hasSuffix(mount.cache) == true)
      let none = try fusfs(["status", mount.cache])
      #expect(none.status == 1 && none.errors.contains("It is no mount of fusfs."), "\(none.errors)")
      // On a terminal it goes on until it is interrupted.
      let shown = try shell(
        "timeout -s INT 6 script -qec \"'\(Binaries.fusfs)' status '\(mount.path)'\" /dev/null || true",
        within: .seconds(30))
      #expect(shown.output.split(separator: "\(mount.path)  fusfs ").count >= 2, "\(shown.output)")
    }

    @Test func aStoppedMountIsNotWaitedFor() throws {
      let id = try #require(mount.processID)
      kill(id, SIGSTOP)
      defer { kill(id, SIGCONT) }
      let finished = try fusfs(["status", mount.path])
      #expect(finished.status == 1)
      #expect(finished.errors.contains("It does not answer."), "\(finished.errors)")
    }
  }
}
