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

    @Test func aSignalWritesTheStateToTheLog() throws {
      let server = try EmulatedServer(try MadeRelease.two.get())
      let mount = try Mount(server)
      kill(try #require(mount.processID), SIGUSR1)
      #expect(eventuallyBlocking { mount.logText.contains("\"waiting_reads\"") }, "\(mount.logText)")
      #expect(try shell("ls '\(mount.release())'").status == 0)
    }

    /// Once, and several that lie one on the other.
    @Test func aDeadMountIsMended() throws {
      let server = try EmulatedServer(try MadeRelease.two.get())
      let mount = try Mount(server)
      for _ in 0..<2 {
        let id = try #require(mount.processID)
        kill(id, SIGKILL)
        #expect(Mount.hasEnded(id, within: .seconds(10)))
        // The process may be gone a moment before the kernel lets go of its mount.
        #expect(try eventuallyBlocking { try shell("ls '\(mount.path)'").errors.contains("not connected") })
        let status = try shell("'\(Binaries.fusfs)' status '\(mount.path)'")
        #expect((status.output + status.errors).contains("fusfs MOUNTPOINT mounts it anew"), "\(status)")
        let again = try ChildProcess([
          Binaries.fusfs, mount.path, "--server-url", server.url, "--cdn-url", server.url, "--fota-url",
          server.url,
          "--cache-dir", mount.cache,
        ]).finish(within: .seconds(20))
        #expect(again.status == 0)
        #expect(again.errors.contains("whose program has ended; it is unmounted"), "\(again.errors)")
        #expect(try shell("ls '\(mount.release())'").status == 0)
      }
      #expect(try shell("grep -cF ' \(mount.path) ' /proc/self/mounts").output == "1\n")
    }

    /// A dead mount of another program is not ours to end.
    @Test(.enabled(if: geteuid() == 0, "only root can mount what nobody serves"))
    func aDeadMountOfAnotherProgramStays() throws {
      let folder = TemporaryDirectory()
      let path = "\(folder.path)/mount"
      let made = try shell(
        """
        mkdir '\(path)' && exec 5<> /dev/fuse && \
        mount -i -t fuse.other -o fd=5,rootmode=40000,user_id=0,group_id=0 other '\(path)' && exec 5>&-
        """)
      defer { _ = try? shell("umount -l '\(path)'") }
      try #require(made.status == 0, "\(made.errors)")
      let refused = try fusfs(path, "--cache-dir", "\(folder.path)/cache")
      #expect(refused.status == 1)
      #expect(refused.errors.contains("Unmount it first"), "\(refused.errors)")
    }
  }
}
