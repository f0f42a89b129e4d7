import TestSupport
import Testing

extension MountTests {
  /// Whatever a server answers: an error in words, no crash, nothing exposed; and the next honest answer is taken.
  @Suite struct HostileRepliesTests {
    @Test(arguments: ["truncated-xml", "not-xml", "entities", "huge", "html", "500"], ["history", "inform"])
    func repliesThatAreNone(fault: String, place: String) throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases, ["--fault", "\(fault)@\(place)"])
      let mount = try Mount(server, ["--read-timeout", "5"])
      let listed = try shell("ls '\(mount.release())'")
      #expect(listed.status != 0)
      #expect(listed.output.isEmpty)
      #expect(
        ["Input/output error", "timed out"].contains { listed.errors.contains($0) }, "\(listed.errors)")
      #expect(mount.logs("SM-A207F", "server"), "\(mount.logText)")
      try server.set("fault=")
      #expect(try shell("ls '\(mount.release())'", within: .seconds(90)).status == 0)
      #expect(try mount.peakMemory < 256 << 20)
    }

    @Test(arguments: ["bad-size", "bad-name"]) func valuesThatCannotBe(fault: String) throws {
      let server = try EmulatedServer(try MadeRelease.two.get(), ["--fault", "\(fault)@inform"])
      let mount = try Mount(server, ["--read-timeout", "5"])
      let listed = try shell("find '\(mount.release())' -type f")
      #expect(!listed.output.contains("..") && !listed.output.contains("passwd"))
      #expect(listed.status != 0, "\(listed.output)")
      #expect(mount.logs("error: "))
      try server.set("fault=")
      #expect(try shell("ls '\(mount.release())'").status == 0)
    }

    @Test func anotherVersionThanAskedForIsSaid() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases, ["--fault", "other-version@inform"])
      let mount = try Mount(server, ["--read-timeout", "5"])
      _ = try shell("ls -l '\(mount.release())'")
      #expect(mount.logs("the server answers for"), "\(mount.logText)")
    }

    @Test func aWrongKeyExposesNothing() throws {
      let releases = try MadeRelease.two.get()
      // The same package, of which the server tells a logic value that its key was not made of.
      let folder = TemporaryDirectory()
      let changed = try shell(
        """
        cd '\(folder.path)' && ln '\(releases[0].directory)'/*.enc4 . \
          || cp '\(releases[0].directory)'/*.enc4 . ;
        jq '.logic_value_factory = "0123456789abcdef"' '\(releases[0].directory)/release.json' > release.json
        """)
      #expect(changed.status == 0, "\(changed.errors)")
      let server = try EmulatedServer(folders: [folder.path])
      let mount = try Mount(server)
      #expect(try shell("ls '\(mount.release())'").status == 0)
      for file in [releases[0].package, releases[0].member("AP_"), releases[0].member("BL_")] {
        let read = try shell("head -c 16 '\(mount.release())/\(file.path)'")
        #expect(read.errors.contains("Input/output error"), "\(file.path)")
        #expect(read.output.isEmpty)
      }
      #expect(mount.logs("key"), "\(mount.logText)")
      #expect(
        try mount.sha256("\(mount.release())/\(releases[0].encrypted.path)") == releases[0].encrypted.sha256)
    }
  }
}
