import TestSupport
import Testing

extension MountTests {
  /// The kernel mounts a partition out of the package, without a byte of it being copied.
  @Suite(.enabled(if: LoopMount.isPermitted, "loop devices are not permitted here"))
  struct KernelMountTests {
    @Test(arguments: [("system", "ext4"), ("product", "erofs"), ("vendor", "ext4")])
    func aPartitionHoldsWhatItWasMadeOf(partition: String, type: String) throws {
      let release = try MadeRelease(
        version: "A207FXXU2CUI2", megabytes: 16, seed: 5, options: "--keep-trees")
      let server = try EmulatedServer([release])
      let mount = try Mount(server)
      let image = try LoopMount("\(mount.release())/AP/super/\(partition).img", type: type)
      defer { image.end() }
      let compared = try shell(
        "diff -r --no-dereference --exclude=lost+found '\(release.directory)/trees/\(partition)' '\(image.path)'",
        within: .seconds(120))
      #expect(compared.status == 0, "\(compared.output)\(compared.errors)")
      #expect(try shell("touch '\(image.path)/file'").errors.contains("Read-only file system"))
    }
  }
}
