import TestSupport

/// A release unpacked by other makers' tools, down to its partitions: each file where truth.json names it.
final class UnpackedRelease {
  let path: String
  private let folder = TemporaryDirectory()

  init(_ release: MadeRelease) throws {
    path = "\(folder.path)/tree"
    try folder.shell("'\(Binaries.packageTools)/unpack-release.sh' '\(release.directory)' '\(path)'")
  }
}
