import Glibc
import TestSupport
import Testing

/// The programs under test: in the folder that `FUSFS_BINARIES` names, else where a debug build puts them.
enum Binaries {
  static let fusfs = path(of: "fusfs")
  static let emulator = path(of: "fus-emulator")

  /// The project's top folder.
  static let project = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

  /// The folder of the scripts that make and unpack packages.
  static let packageTools = "\(project)/Tests/packages"

  private static func path(of name: String) -> String {
    guard let folder = unsafe getenv("FUSFS_BINARIES") else { return "\(project)/.build/debug/\(name)" }
    let text = unsafe String(cString: folder)
    return text.hasPrefix("/") ? "\(text)/\(name)" : "\(project)/\(text)/\(name)"
  }

  /// Whether a sanitizer was built into them, so that what they cost says nothing.
  static var areSanitized: Bool { unsafe getenv("FUSFS_SANITIZED") != nil }

  static var canMount: Bool { unsafe access("/dev/fuse", R_OK | W_OK) == 0 }
}

/// All tests that mount, one after the other: each has the machine to itself, as a user has.
@Suite(.serialized, .enabled(if: Binaries.canMount, "/dev/fuse cannot be opened here"))
enum MountTests {}
