import TestSupport
import Testing

extension MountTests {
  /// What is shown is what was released, by way of each of the protocol's generations.
  @Suite struct ContentsTests {
    struct Generation: CustomTestStringConvertible {
      let name: String
      let options: [String]
      let serverOptions: [String]
      var testDescription: String { name }

      static let all = [
        Generation(name: "smart", options: ["--protocol", "smart"], serverOptions: []),
        Generation(name: "kies3", options: ["--protocol", "kies3", "--imei", imei], serverOptions: []),
        Generation(name: "kies2", options: ["--protocol", "kies2", "--imei", imei], serverOptions: []),
        Generation(name: "kies1", options: ["--protocol", "kies1"], serverOptions: ["--kies", "kies1"]),
      ]
      private static let imei = "356938035643809"
    }

    @Test(arguments: Generation.all) func everyFileOfEachReleaseIsAsReleased(_ generation: Generation) throws
    {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases, generation.serverOptions)
      let mount = try Mount(server, generation.options)
      let names = try shell("ls '\(mount.path)/SM-A207F/SER'").output.split(separator: "\n").map(String.init)
      #expect(Set(names) == ["latest", "A207FXXU2CUI2", "A207FXXU1BTK1"])
      for (release, folders) in zip(releases, [["latest", releases[0].version], [releases[1].version]]) {
        for folder in folders {
          let listed = try shell("ls '\(mount.release(folder))'").output.split(separator: "\n").map(
            String.init)
          #expect(Set(listed) == release.topNames)
          for file in release.topFiles {
            let path = "\(mount.release(folder))/\(file.path)"
            #expect(try shell("stat -c %s '\(path)'").output == "\(file.size)\n")
            #expect(try mount.sha256(path) == file.sha256, "\(file.path)")
          }
        }
      }
      #expect(try server.refusals.filter { !$0.isWhitespace } == "[]")
    }

    @Test func listingDownloadsNothing() throws {
      let server = try EmulatedServer(try MadeRelease.two.get())
      let mount = try Mount(server)
      #expect(try shell("ls '\(mount.release())'").status == 0)
      let listed = try server.counters
      #expect(listed.requests["data"] == 0)
      #expect(listed.requests["inform"] == 1)
      #expect(try shell("ls -l '\(mount.release())'").status == 0)
      #expect(try server.counters.requests["data"] == 1)
      #expect(try shell("ls -la '\(mount.release())' && stat '\(mount.release())'/*").status == 0)
      #expect(try server.counters.requests["data"] == 1)
    }

    @Test func oddOffsetsAreRight() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases)
      let mount = try Mount(server)
      let path = "\(mount.release())/\(releases[0].package.path)"
      let compared = try shell(
        """
        set -e; whole=$(mktemp); trap 'rm -f "$whole"' EXIT; cp '\(path)' "$whole"
        size=$(stat -c %s "$whole")
        for n in $(seq 60); do
          offset=$(( (RANDOM * 32768 + RANDOM) % size )); count=$(( RANDOM % 40000 + 1 ))
          cmp <(tail -c +$((offset + 1)) "$whole" | head -c $count) \
            <(dd if='\(path)' iflag=skip_bytes,count_bytes skip=$offset count=$count bs=64K status=none)
        done
        """, within: .seconds(120))
      #expect(compared.status == 0, "\(compared.output)\(compared.errors)")
    }

    @Test func toolsAcceptThePackage() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases)
      let mount = try Mount(server)
      let unzipped = try shell(
        "unzip -tq '\(mount.release())/\(releases[0].package.path)'", within: .seconds(120))
      #expect(unzipped.status == 0, "\(unzipped.output)")
      let member = releases[0].member("BL_").path
      #expect(try shell("tar -tf '\(mount.release())/\(member)'").output.contains("sboot.bin"))
    }

    @Test func inodeNumbersAreTheSameAfterRemounting() throws {
      let server = try EmulatedServer(try MadeRelease.two.get())
      let mount = try Mount(server)
      let list = "find '\(mount.path)/SM-A207F/SER' -printf '%i %P\\n' | sort"
      let first = try shell(list).output
      #expect(first.split(separator: "\n").count > 15)
      try mount.unmount()
      try mount.mount()
      #expect(try shell(list).output == first)
    }

    @Test func filesTellWhatIsKnownOfThem() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases)
      let mount = try Mount(server)
      let path = "\(mount.release())/\(releases[0].encrypted.path)"
      let attributes = try shell("getfattr -d '\(path)'").output
      for expected in [
        "user.fus.model=\"SM-A207F\"", "user.fus.region=\"SER\"", "user.fus.version=\"A207FXXU2CUI2/",
      ] {
        #expect(attributes.contains(expected), "\(attributes)")
      }
      #expect(try shell("jq -r .model '\(mount.release())/release.json'").output == "SM-A207F\n")
      #expect(
        try shell(
          "xmllint --noout '\(mount.release())/inform.xml' || grep -q FUSMsg '\(mount.release())/inform.xml'"
        ).status == 0)
      #expect(try shell("jq -e .cache.limit_bytes '\(mount.path)/.fusfs/status.json'").status == 0)
      #expect(try shell("df '\(mount.path)'").status == 0)
    }

    @Test func nothingCanBeWritten() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases)
      let mount = try Mount(server)
      let file = "\(mount.release())/release.json"
      for command in [
        "touch '\(mount.path)/x'", "echo > '\(file)'", "rm '\(file)'", "mkdir '\(mount.release())/x'",
        "mv '\(file)' '\(file)2'",
        "chmod 600 '\(file)'", "ln -s x '\(mount.path)/x'", "setfattr -n user.x -v y '\(file)'",
      ] {
        let result = try shell(command)
        #expect(result.status != 0, "\(command)")
        #expect(result.errors.contains("Read-only file system"), "\(command): \(result.errors)")
      }
    }
  }
}
