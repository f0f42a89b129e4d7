import TestSupport

/// A release whose package is wrong in one way: in its AP; its BL is good.
final class HostilePackage {
  private let folder = TemporaryDirectory()
  private let release: PackedRelease

  var directory: String { release.directory }

  /// - Parameter kind: a function of `Tests/packages/hostile.py`.
  init(_ kind: String) throws {
    try folder.shell("python3 '\(Binaries.packageTools)/hostile.py' \(kind) '\(folder.path)/package.zip'")
    release = try PackedRelease("\(folder.path)/package.zip", members: ["AP_x.tar.md5", "BL_x.tar.md5"])
  }
}
