import TestSupport
import Testing

extension MountTests {
  /// What lies inside of a package is shown as it was packed: each file, at each depth, at any offset.
  @Suite struct InsideTests {
    @Test func everyFileAtEveryDepthIsAsReleased() throws {
      let release = try MadeRelease.two.get()[0]
      let unpacked = try UnpackedRelease(release)
      var server: EmulatedServer? = try EmulatedServer([release])
      let mount = try Mount(try #require(server))
      let reads = RandomReads(
        files: release.files.map { ($0.path, $0.size) }, mounted: mount.release(), copied: unpacked.path)
      for (seed, state) in [(1, "with the server"), (2, "with the server switched off")] as [(UInt64, String)]
      {
        let wrong = try mount.differences(from: release.files, in: mount.release())
        #expect(wrong.isEmpty, "\(state): \(wrong.prefix(8))")
        let different = try reads.differences(count: 2000, seed: seed)
        #expect(different.isEmpty, "\(state): \(different.prefix(8))")
        #expect(try mount.peakMemory < 256 << 20, "\(state)")
        guard server != nil else { break }
        #expect(try server?.refusals.filter { !$0.isWhitespace } == "[]")
        try mount.unmount()
        server = nil
        try mount.mount(adding: ["--offline"])
      }
    }

    @Test func theDirectoriesListWhatIsInThem() throws {
      let release = try MadeRelease.two.get()[1]
      let server = try EmulatedServer([release])
      let mount = try Mount(server)
      let found = try mount.fileNames(in: mount.release())
      let wrong = found.symmetricDifference(release.files.map(\.path) + MadeRelease.told)
      #expect(wrong.isEmpty, "\(wrong.prefix(8))")
      // Each name is listed once, and each directory's files have inode numbers of their own.
      let listed = try shell("find '\(mount.release())' -printf '%i\\n' | sort").output.split(separator: "\n")
      #expect(Set(listed).count == listed.count)
    }

    @Test func aFileIsFoundWithoutListing() throws {
      let release = try MadeRelease.two.get()[1]
      let server = try EmulatedServer([release])
      let mount = try Mount(server)
      for path in ["CP/modem.bin", "AP/super/vendor.img", "AP/meta-data/fota.zip", "CSC/cache.raw.img"] {
        let file = try #require(release.files.first { $0.path == path })
        #expect(try shell("stat -c %s '\(mount.release())/\(path)'").output == "\(file.size)\n", "\(path)")
        #expect(try mount.sha256("\(mount.release())/\(path)") == file.sha256, "\(path)")
      }
      for path in ["CP/modem.img", "AP/super/odm.img", "AP/meta-data/none.zip", "CSC/prism.raw.img", "ODM"] {
        let missing = try shell("stat '\(mount.release())/\(path)'")
        #expect(missing.errors.contains("No such file or directory"), "\(path): \(missing.errors)")
      }
    }

    @Test func aChecksumThatIsRightIsTold() throws {
      let release = try MadeRelease.two.get()[1]
      let server = try EmulatedServer([release])
      let mount = try Mount(server)
      for member in [release.member("BL_"), release.member("CP_")] {
        let path = "\(mount.release())/\(member.path)"
        #expect(try shell("getfattr --only-values -n user.fus.verified '\(path)'").output == "unknown")
        #expect(try mount.sha256(path) == member.sha256)
        #expect(try shell("getfattr --only-values -n user.fus.verified '\(path)'").output == "yes")
      }
    }

    @Test(arguments: ["wrong-checksum", "wrong-stored-checksum"])
    func aChecksumThatIsWrongIsAnErrorAtTheEnd(kind: String) throws {
      let release = try HostilePackage(kind)
      let server = try EmulatedServer(folders: [release.directory])
      let mount = try Mount(server)
      let path = "\(mount.release())/AP_x.tar.md5"
      let read = try shell("cat '\(path)' | wc -c")
      #expect(read.errors.contains("Input/output error"), "\(read.errors)")
      #expect(try shell("getfattr --only-values -n user.fus.verified '\(path)'").output != "yes")
      #expect(try shell("cat '\(mount.path)/.fusfs/log'").output.contains("AP_x.tar.md5"))
      let other = "\(mount.release())/BL_x.tar.md5"
      #expect(try shell("cat '\(other)' > /dev/null").status == 0)
      #expect(try shell("getfattr --only-values -n user.fus.verified '\(other)'").output == "yes")
    }
  }
}
