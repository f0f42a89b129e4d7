import FoundationEssentials
import Glibc
import TestSupport
import Testing

extension MountTests {
  /// `fusfs fetch` as a person uses it.
  @Suite struct FetchTests {
    private struct Report: Decodable {
      struct Place: Decodable {
        let place: String
        let size: UInt64?
        let cached: UInt64?
        let fetched: UInt64?
        let problem: String?
      }
      let places: [Place]
    }

    private let releases: [MadeRelease]
    private let server: EmulatedServer
    private let name = "\(MadeRelease.model)/\(MadeRelease.region)"

    init() throws {
      releases = try MadeRelease.two.get()
      server = try EmulatedServer(releases)
    }

    private func options(_ cache: String) -> [String] {
      ["--server-url", server.url, "--cdn-url", server.url, "--fota-url", server.url, "--cache-dir", cache]
    }

    private func fetch(_ places: String..., cache: String, _ more: [String] = []) throws -> (
      status: Int32, places: [Report.Place], errors: String
    ) {
      let finished = try ChildProcess(
        [Binaries.fusfs, "fetch"] + places + ["--json"] + options(cache) + more
      )
      .finish(within: .seconds(120))
      let report = try? JSONDecoder().decode(Report.self, from: Data(finished.outputBytes))
      return (finished.status, report?.places ?? [], finished.errors)
    }

    private var sent: UInt64 { get throws { try server.counters.bytesSent } }

    @Test func anOfflineMountReadsWhatWasFetched() throws {
      let mount = try Mount(server)
      try mount.unmount()
      let fetched = try fetch(name, cache: mount.cache)
      #expect(fetched.status == 0, "\(fetched.errors)")
      let size = releases[0].encrypted.size
      #expect(fetched.places.map(\.size) == [size])
      #expect(fetched.places.map(\.cached) == [size])
      try server.resetCounters()
      try mount.mount(adding: ["--offline"])
      let package = "\(mount.release())/\(releases[0].package.path)"
      #expect(try mount.sha256(package) == releases[0].package.sha256)
      #expect(try mount.differences(from: releases[0].files, in: mount.release()) == [])
      #expect(try server.counters.ranges.isEmpty)
    }

    @Test func whatIsThereIsNotFetchedAgain() throws {
      let folder = TemporaryDirectory()
      let cache = "\(folder.path)/cache"
      let first = try fetch(name, "\(name)/\(releases[1].version)", cache: cache)
      #expect(first.status == 0, "\(first.errors)")
      #expect(first.places.allSatisfy { $0.cached == $0.size && $0.fetched ?? 0 > 0 })
      // No block was asked for twice.
      let whole = releases[0].encrypted.size + releases[1].encrypted.size
      #expect(try sent <= whole + 4 << 20)
      try server.resetCounters()
      let second = try fetch(name, "\(name)/\(releases[1].version)", cache: cache)
      #expect(second.status == 0)
      #expect(second.places.map(\.fetched) == [0, 0])
      #expect(try server.counters.ranges.isEmpty)
      let words = try ChildProcess([Binaries.fusfs, "fetch", name] + options(cache)).finish(
        within: .seconds(60))
      #expect(words.output.hasSuffix(", all in the cache already.\n"), "\(words.output)")
      #expect(words.errors.isEmpty)
    }

    @Test func aMountFetchesItsOwnPaths() throws {
      let mount = try Mount(server)
      let unused = TemporaryDirectory()
      let member = "\(mount.release())/\(releases[0].member("CSC_").path)"
      // The options are those of another cache: what is in a mount needs none.
      let fetched = try fetch(member, cache: unused.path)
      #expect(fetched.status == 0, "\(fetched.errors)")
      #expect(fetched.places.map(\.cached) == fetched.places.map(\.size))
      #expect(fetched.places.allSatisfy { $0.size ?? 0 < releases[0].encrypted.size })
      #expect(try shell("ls -A '\(unused.path)'").output.isEmpty)
      let whole = try fetch(mount.release(), cache: unused.path)
      #expect(whole.status == 0, "\(whole.errors)")
      #expect(whole.places.map(\.cached) == [releases[0].encrypted.size])
      #expect(try sent <= releases[0].encrypted.size + 4 << 20)
      try server.resetCounters()
      #expect(
        try mount.sha256("\(mount.release())/\(releases[0].package.path)") == releases[0].package.sha256)
      #expect(try server.counters.ranges.isEmpty)
      #expect(try fetch("\(mount.release())/release.json", cache: unused.path).places.map(\.size) == [0])
    }

    @Test func aFileInsideIsFetchedAsFarAsItReaches() throws {
      let mount = try Mount(server)
      let file = try #require(
        releases[0].files.first { $0.path == "CSC/cache.img.lz4" }
          ?? releases[0].files.first {
            $0.path.hasPrefix("AP/") && $0.path.hasSuffix(".img.lz4")
          })
      let fetched = try fetch("\(mount.release())/\(file.path)", cache: "\(mount.cache)-none")
      #expect(fetched.status == 0, "\(fetched.errors)")
      try mount.unmount()
      try mount.mount(adding: ["--offline"])
      #expect(try mount.sha256("\(mount.release())/\(file.path)") == file.sha256)
      let directly = try fetch("\(name)/latest/\(file.path)", cache: mount.cache)
      #expect(directly.status == 0, "\(directly.errors)")
      #expect(directly.places.map(\.fetched) == [0])
    }

    @Test func interruptedItKeepsWhatHasCome() throws {
      let folder = TemporaryDirectory()
      let cache = "\(folder.path)/cache"
      try server.set("rate=1000000")
      let process = try ChildProcess([Binaries.fusfs, "fetch", name, "--connections", "2"] + options(cache))
      #expect(try eventuallyBlocking(within: .seconds(60)) { try sent > 6 << 20 })
      process.signal(SIGINT)
      let finished = try process.finish(within: .seconds(30))
      #expect(finished.status == 128 + SIGINT)
      #expect(finished.errors.contains(" was interrupted: "), "\(finished.errors)")
      try server.set("rate=off")
      try server.resetCounters()
      let rest = try fetch(name, cache: cache)
      #expect(rest.status == 0, "\(rest.errors)")
      #expect(try #require(rest.places.first?.fetched) < releases[0].encrypted.size - 2 << 20)
      #expect(try sent < releases[0].encrypted.size)
    }

    @Test func whatCannotBeFetchedIsToldInWords() throws {
      let folder = TemporaryDirectory()
      let cache = "\(folder.path)/cache"
      let small = try fetch(name, cache: cache, ["--cache-size", "8M"])
      #expect(small.status == 1)
      #expect(small.errors.contains("Give it room with --cache-size"), "\(small.errors)")
      let absent = try fetch("\(name)/latest/none", "\(name)/latest/release.json", cache: cache)
      #expect(absent.status == 1)
      #expect(absent.places.map { $0.problem == nil } == [false, true])
      #expect(absent.errors.contains("\(name)/latest/none: "), "\(absent.errors)")
      let elsewhere = try fetch(folder.path, "\(folder.path)/none", cache: cache)
      #expect(elsewhere.status == 1)
      #expect(elsewhere.errors.contains("It is in no mount of fusfs."), "\(elsewhere.errors)")
      #expect(elsewhere.errors.contains("No such file or directory."), "\(elsewhere.errors)")
      let nonsense = try fetch("nonsense", cache: cache)
      #expect(nonsense.status == 2)
      #expect(nonsense.errors.contains("of the form MODEL/CSC"), "\(nonsense.errors)")
      let offline = try fetch(name, cache: "\(folder.path)/other", ["--offline"])
      #expect(offline.status == 1)
      #expect(offline.errors.contains("is not cached and the mount is offline"), "\(offline.errors)")
    }

    @Test func aTerminalShowsHowFarItIs() throws {
      let folder = TemporaryDirectory()
      try server.set("rate=8000000")
      let arguments = [Binaries.fusfs, "fetch", name, "--connections", "2"] + options("\(folder.path)/cache")
      // `script` gives it a terminal.
      let command = arguments.map { "'\($0)'" }.joined(separator: " ")
      let shown = try shell("script -qec \"stty cols 200; \(command)\" /dev/null", within: .seconds(120))
      #expect(shown.status == 0, "\(shown.output)")
      #expect(shown.output.contains(" MiB/s, ") && shown.output.contains(" s left"), "\(shown.output)")
      #expect(shown.output.contains("all in the cache; "))
    }
  }
}
