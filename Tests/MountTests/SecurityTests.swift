import Glibc
import TestSupport
import Testing

extension MountTests {
  /// What other users of the machine can see and do.
  @Suite struct SecurityTests {
    @Test func theKernelHonoursNoOwnersAndNoDevices() throws {
      let server = try EmulatedServer(try MadeRelease.two.get())
      let mount = try Mount(server, ["-o", "suid,dev,exec"])
      let line = try shell("grep -F ' \(mount.path) ' /proc/self/mountinfo").output
      let options = line.split(separator: " ").dropFirst(5).first.map { $0.split(separator: ",") } ?? []
      for option in ["ro", "nosuid", "nodev"] { #expect(options.contains(Substring(option)), "\(line)") }
      #expect(!line.contains("allow_other"))
      let modes = try shell("find '\(mount.release())' -printf '%m\\n' | sort -u").output
      #expect(modes == "444\n555\n")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can look as somebody else"))
    func othersSeeNothingUnlessTheyAreAllowed() throws {
      let server = try EmulatedServer(try MadeRelease.two.get())
      let mount = try Mount(server)
      _ = try shell("chmod 755 \"$(dirname '\(mount.path)')\"")
      let other = "setpriv --reuid 65534 --regid 65534 --clear-groups --"
      try #require(try shell("\(other) test -x \"$(dirname '\(mount.path)')\"").status == 0)
      let refused = try shell("\(other) ls '\(mount.path)'")
      #expect(refused.status != 0 && refused.errors.contains("Permission denied"), "\(refused.errors)")
      try mount.unmount()
      try mount.mount(adding: ["-o", "allow_other"])
      let listed = try shell("\(other) ls '\(mount.path)/SM-A207F/SER'")
      #expect(listed.output.contains("latest\n"), "\(listed.errors)")
      let written = try shell("\(other) touch '\(mount.path)/SM-A207F/x'")
      #expect(written.errors.contains("Read-only file system"), "\(written.errors)")
    }

    @Test func theProcessShowsNoSecret() throws {
      let server = try EmulatedServer(try MadeRelease.two.get())
      let imei = "356938035643809"
      let mount = try Mount(
        server, ["--protocol", "kies3", "--imei", imei, "--log-level", "debug", "-o", "imei=\(imei),ro"])
      let id = try #require(mount.processID)
      #expect(try shell("cat '\(mount.release())/inform.xml' > /dev/null && kill -USR1 \(id)").status == 0)
      #expect(eventuallyBlocking { mount.logText.contains("\"uptime_seconds\"") })
      let shown = try shell("tr '\\0' ' ' < /proc/\(id)/cmdline").output
      #expect(shown.contains("--imei *************** "), "\(shown)")
      #expect(shown.contains("-o imei=***************,ro "), "\(shown)")
      let secrets = try server.secrets
      #expect(!secrets.isEmpty)
      let texts = [imei, "JSESSIONID", "signature=", "Authorization"] + secrets
      for text in texts { #expect(!shown.contains(text), "\(text): \(shown)") }
      #expect(try mount.texts(texts) == "")
    }

    @Test func nothingIsMadeThatOthersCanReadWhateverTheUmask() throws {
      let server = try EmulatedServer(try MadeRelease.two.get())
      let folder = TemporaryDirectory()
      defer { Mount.end("\(folder.path)/mount") }
      let mounted = try folder.shell(
        """
        mkdir mount; umask 0
        '\(Binaries.fusfs)' "$PWD/mount" --server-url \(server.url) --cdn-url \(server.url) --fota-url \(server.url) \
          --cache-dir "$PWD/a/cache" --log-file "$PWD/log"
        head -c 100000 mount/SM-A207F/SER/latest/*.enc4 | wc -c
        """)
      #expect(mounted == "100000\n")
      let found = try folder.shell("find a log -printf '%y%m %P\\n' | sort")
      #expect(found.contains("f600 cache/blocks.sqlite-wal\n"), "\(found)")
      for line in found.split(separator: "\n") {
        #expect(line.hasPrefix("d700 ") || line.hasPrefix("f600 "), "\(line)")
      }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can look into a process that leaves no core"))
    func theDaemonHoldsNothingThatItWasStartedWith() throws {
      let server = try EmulatedServer(try MadeRelease.two.get())
      let folder = TemporaryDirectory()
      defer { Mount.end("\(folder.path)/mount") }
      let held = try folder.shell(
        """
        mkdir mount start; : > held; cd start; exec 7< ../held
        '\(Binaries.fusfs)' "$PWD/../mount" --server-url \(server.url) --cache-dir "$PWD/../cache" \
          --log-file "$PWD/../log"
        id=$(jq .process ../mount/.fusfs/status.json)
        readlink /proc/$id/cwd; ls -l /proc/$id/fd | grep -c '/held$' || true
        """)
      #expect(held == "/\n0\n")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can install for another user"))
    func itRefusesToBeSetUserID() throws {
      let folder = TemporaryDirectory()
      let person = "setpriv --reuid 1000 --regid 1000 --clear-groups --"
      let seen = try folder.shell(
        """
        chmod 755 .; cp '\(Binaries.fusfs)' fusfs; cp "$(command -v id)" id
        chown 65534 fusfs id; chmod 4755 fusfs id; \(person) ./id -u
        """)
      // Where the file system is mounted nosuid there is nothing to refuse.
      guard seen == "65534\n" else { return }
      let said = try folder.shell("\(person) ./fusfs --version 2>&1 || echo \"[$?]\"")
      let (refusal, status) = ("fusfs: It must not be installed set-user-ID or set-group-ID.\n", "[1]\n")
      // Between the two a sanitizer has its say, which takes no options from the environment here.
      let isRefused = Binaries.areSanitized && said.hasPrefix(refusal) && said.hasSuffix(status)
      #expect(isRefused || said == refusal + status)
    }
  }
}
