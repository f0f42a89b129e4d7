import Glibc
import TestSupport
import Testing

extension MountTests {
  /// What the command says and does where no file is read.
  @Suite struct CommandTests {
    private func fusfs(_ arguments: String...) throws -> ChildProcess.Finished {
      try ChildProcess([Binaries.fusfs] + arguments).finish(within: .seconds(40))
    }

    @Test func refusalsAreSentences() throws {
      let folder = TemporaryDirectory()
      _ = try shell("touch '\(folder.path)/file'")
      let cache = ["--cache-dir", "\(folder.path)/cache"]
      for (path, words) in [
        ("\(folder.path)/none", "There is no directory"), ("\(folder.path)/file", "is not a directory"),
      ] {
        let result = try ChildProcess([Binaries.fusfs, path] + cache).finish(within: .seconds(20))
        #expect(result.status == 1)
        #expect(
          result.errors.hasPrefix("fusfs: ") && result.errors.contains(words),
          "\(result.errors)")
        #expect(result.errors.contains(path))
      }
      #expect(try fusfs().status == 2)
      #expect(try fusfs("--no-such-option").status == 2)
      #expect(try fusfs("--help").output.contains("MOUNTPOINT"))
      #expect(try fusfs("--version").output.hasPrefix("fusfs "))
      #expect(try fusfs("unmount", "\(folder.path)").status == 1)
    }

    @Test func anUnreachableServerIsNoReasonNotToMount() throws {
      var server: EmulatedServer? = try EmulatedServer(try MadeRelease.two.get())
      let gone = try #require(server)
      let mount = try Mount(gone, ["--read-timeout", "2"])
      try mount.unmount()
      server = nil
      withExtendedLifetime(gone) { _ = gone }
      try mount.mount()
      #expect(try shell("ls '\(mount.path)'").status == 0)
      let listed = try shell("ls '\(mount.path)/SM-B000B/XYZ'")
      #expect(listed.status != 0)
    }

    @Test func infoTellsTheReleases() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases)
      let folder = TemporaryDirectory()
      let options = [
        "--server-url", server.url, "--cdn-url", server.url, "--cache-dir", "\(folder.path)/cache",
      ]
      let words = try ChildProcess([Binaries.fusfs, "info", "SM-A207F", "SER"] + options).finish(
        within: .seconds(40))
      #expect(words.status == 0, "\(words.errors)")
      #expect(words.output.contains("A207FXXU2CUI2") && words.output.contains("A207FXXU1BTK1"))
      let json = try ChildProcess([Binaries.fusfs, "info", "SM-A207F", "SER", "--json"] + options)
        .finish(within: .seconds(40))
      #expect(json.status == 0)
      #expect(json.output.contains("\"A207FXXU2CUI2/"), "\(json.output)")
      let unknown = try ChildProcess([Binaries.fusfs, "info", "SM-X999Z", "SER"] + options).finish(
        within: .seconds(40))
      #expect(unknown.status == 1)
      #expect(unknown.errors.contains("SM-X999Z"))
      #expect(
        try ChildProcess([Binaries.fusfs, "info", "nonsense/..", "SER"] + options).finish(
          within: .seconds(40)
        ).status == 2)
    }

    @Test(arguments: [SIGTERM, SIGINT]) func signalsUnmount(signal: Int32) throws {
      let server = try EmulatedServer(try MadeRelease.two.get())
      let mount = try Mount(server)
      let id = try #require(mount.processID)
      kill(id, signal)
      #expect(Mount.hasEnded(id, within: .seconds(10)))
      #expect(try shell("mountpoint -q '\(mount.path)'").status != 0)
      try mount.mount()
      #expect(try shell("ls '\(mount.release())'").status == 0)
    }

    @Test func aDeadMountIsExplained() throws {
      let server = try EmulatedServer(try MadeRelease.two.get())
      let mount = try Mount(server)
      let id = try #require(mount.processID)
      kill(id, SIGKILL)
      #expect(Mount.hasEnded(id, within: .seconds(10)))
      let again = try ChildProcess([Binaries.fusfs, mount.path, "--cache-dir", mount.cache]).finish(
        within: .seconds(20))
      #expect(again.status == 1)
      #expect(again.errors.contains("Unmount it first"), "\(again.errors)")
    }
  }
}
