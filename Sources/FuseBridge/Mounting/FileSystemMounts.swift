import Glibc
package import Primitives

/// The file systems of this program that are mounted.
package enum FileSystemMounts {
  private static let type = "fuse.fusfs"

  /// Where this process sees the mounts of a user, in the order in which they were made. None of them is touched.
  package static func paths(ofUser user: UInt32) throws(Failure) -> [String] {
    try MountTable.current().paths(ofType: type, user: user)
  }

  /// Unmounts what mounts of this program have left at the path whose own program has ended; whether there was one.
  ///
  /// Of such a mount everything but unmounting fails with `ENOTCONN`, so nothing is lost by it. Those of other file
  /// systems stay.
  package static func endDead(at path: String) throws(Failure) -> Bool {
    // Several may lie one on the other; what is not gone after so many is not going away.
    for count in 0..<16 {
      let absolute = try absolutePath(ofMount: path)
      // The kernel answers `stat` from what it remembers; `statvfs` it passes on.
      var answer = statvfs()
      guard try MountTable.current().mount(at: absolute)?.type == type, statvfs(absolute, &answer) != 0,
        // The second where the program ends just now.
        [ENOTCONN, ECONNABORTED].contains(errno)
      else { return count > 0 }
      try unmountFileSystem(at: path, lazy: true)
    }
    return true
  }
}
