import Glibc
import TestSupport

/// An image mounted by the kernel, read-only, over a loop device; unmounted and detached when the value goes away.
final class LoopMount {
  let path: String
  private let folder = TemporaryDirectory()
  private let image: String

  init(_ image: String, type: String) throws {
    self.image = image
    path = "\(folder.path)/mount"
    try folder.shell("mkdir mount; mount -t \(type) -o ro,loop '\(image)' mount", within: .seconds(60))
  }

  deinit { end() }

  /// The device goes with the mount; what a failure leaves of either is removed by force.
  func end() {
    _ = try? shell(
      """
      grep -qF ' \(path) ' /proc/self/mounts || exit 0
      umount '\(path)' || umount -l '\(path)'
      losetup --noheadings --raw --output NAME,BACK-FILE | grep -F ' \(image)' | cut -d ' ' -f 1 |
        while read -r device; do losetup -d "$device"; done
      """)
  }

  /// Whether this process may mount images at all.
  static let isPermitted: Bool = {
    guard geteuid() == 0 else { return false }
    let folder = TemporaryDirectory()
    guard (try? folder.shell("truncate -s 4M image; mkfs.ext4 -q image")) != nil else { return false }
    guard let mount = try? LoopMount("\(folder.path)/image", type: "ext4") else { return false }
    mount.end()
    return true
  }()
}
