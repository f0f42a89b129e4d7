import TestSupport
import Testing

extension MountTests {
  /// What a mount tells of itself while something is wrong.
  @Suite struct StatusTests {
    /// Where the log of the mount says that such a thing was found: between the brackets at the line's end.
    private func loggedSite(of cause: String, in mount: Mount) throws -> String? {
      let lines = try shell("cat '\(mount.path)/.fusfs/log'").output.split(separator: "\n")
      let line = lines.last { $0.hasPrefix("error: ") && $0.contains(cause) && $0.hasSuffix("]") }
      let site = line?.split(separator: "[").last?.dropLast()
      return site.map(String.init)
    }

    @Test func aFailureIsToldWithItsPlaceAndItsCure() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases, ["--fault", "html@inform"])
      let mount = try Mount(server, ["--read-timeout", "10"])
      #expect(try mount.status.failures.isEmpty)
      let listed = try shell("ls '\(mount.release())'")
      #expect(listed.errors.contains("Input/output error"), "\(listed.errors)")
      let cause = "A web page came instead of an answer"
      let page = try #require(try mount.status { !$0.failures.isEmpty }.failures.first)
      #expect(page.kind == "network" && page.cause.contains(cause), "\(page)")
      #expect(page.cure?.contains("--proxy") == true, "\(page)")
      #expect(page.count >= 1 && !page.operation.isEmpty)
      #expect(page.site.contains(":"))
      #expect(eventuallyBlocking { (try? loggedSite(of: cause, in: mount)) == page.site })
      // Another cause of the same kind comes in its place, from another place of the program.
      try server.set("fault=", "fault=not-xml@inform")
      let again = try shell("ls '\(mount.release())'")
      #expect(again.errors.contains("Input/output error"), "\(again.errors)")
      let words = try #require(
        try mount.status { $0.failures.first?.cause.contains(cause) == false }.failures.first)
      #expect(words.kind == "network" && words.count > page.count, "\(words)")
      #expect(words.site != page.site)
      #expect(eventuallyBlocking { (try? loggedSite(of: words.cause, in: mount)) == words.site })
    }

    @Test func aServerThatIsOverloadedIsTold() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases)
      let mount = try Mount(server, ["--read-timeout", "60"])
      #expect(try shell("ls -l '\(mount.release())'").status == 0)
      #expect(try mount.status.fetching.coolDownSeconds == nil)
      try server.set("fault=503:5@data")
      let read = try ChildProcess([
        "head", "-c", "1000", "\(mount.release())/\(releases[0].encrypted.path)",
      ])
      let told = try mount.status(within: .seconds(40)) { status in
        status.fetching.downloads > 0 && status.fetching.waitingReads > 0 && status.fetching.retries > 0
          && status.fetching.coolDownSeconds ?? 0 > 0
      }.fetching
      #expect(told.coolDownSeconds ?? 6 <= 5, "\(told)")
      try server.set("fault=")
      #expect(try read.finish(within: .seconds(60)).outputBytes.count == 1000)
      let after = try mount.status { $0.fetching.waitingReads == 0 && $0.fetching.coolDownSeconds == nil }
      #expect(after.fetching.retries >= told.retries && after.failures.isEmpty)
    }

    @Test func aServerThatDoesNotAnswerIsTold() throws {
      let server = try EmulatedServer(try MadeRelease.two.get(), ["--fault", "stall:0@inform"])
      let mount = try Mount(server, ["--read-timeout", "60"])
      let list = try ChildProcess(["ls", mount.release()])
      defer { list.end() }
      let told = try mount.status { status in
        status.messages.contains { $0.name.contains("BinaryInform") && $0.seconds > 0 }
      }.messages
      #expect(told.allSatisfy { server.url.contains("//\($0.host)/") }, "\(told)")
    }

    @Test func aServerThatSendsNothingIsTold() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases)
      let mount = try Mount(server, ["--read-timeout", "60"])
      #expect(try shell("ls -l '\(mount.release())'").status == 0)
      try server.set("fault=stall:0@data")
      let file = releases[0].encrypted
      let read = try ChildProcess(["head", "-c", "1000", "\(mount.release())/\(file.path)"])
      let told = try mount.status { status in
        status.fetching.waitingReads > 0 && status.fetching.requests.contains { $0.offset == 0 }
          && status.fetching.longestWaitSeconds ?? 0 > 0
      }.fetching
      let request = try #require(told.requests.first { $0.offset == 0 })
      #expect(request.file == file.path && request.bytes > 0 && request.receivedBytes == 0, "\(request)")
      #expect(told.downloads > 0)
      try server.set("fault=")
      #expect(try read.finish(within: .seconds(70)).outputBytes.count == 1000)
      #expect(try mount.status { $0.fetching.waitingReads == 0 }.fetching.longestWaitSeconds == nil)
    }
  }
}
