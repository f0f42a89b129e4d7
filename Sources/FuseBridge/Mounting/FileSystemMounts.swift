import Glibc
package import Primitives

/// The file systems of this program that are mounted.
package enum FileSystemMounts {
  private static let type = "fuse.fusfs"

  /// Where this process sees the mounts of a user, in the order in which they were made. None of them is touched.
  package static func paths(ofUser user: UInt32) throws(Failure) -> [String] {
    try MountTable.current().paths(ofType: type, user: user)
  }
}
