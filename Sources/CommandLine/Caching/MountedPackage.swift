import FUSFSCore
import FirmwareFormats
import FuseBridge
import Glibc
import Primitives

/// A package as a mount shows it, found from any file or directory of its release.
struct MountedPackage: Sendable, Equatable {
  /// The file's name on the server.
  let name: String
  /// Bytes, as served.
  let size: UInt64
  let crc32: UInt32?
  /// Of the cache that the mount uses.
  let cacheDirectory: String

  /// Nil for what is in no mount of this user's: what others mount, or only looks like a mount, is not to say which cache
  /// is written to.
  init?(near path: String) throws(Failure) {
    guard let path = Folder.resolved(path) else { return nil }
    let mounts = try FileSystemMounts.paths(ofUser: geteuid())
    guard let mount = Self.ancestors(of: path).first(where: mounts.contains),
      Self.attribute("model", of: path) != nil
    else { return nil }
    guard let file = Self.served(near: path) else {
      throw Failure(.notFound, "\(path) belongs to no release.")
    }
    name = Self.attribute("binary_name", of: file) ?? ""
    do throws(Failure) {
      size = try LocalFile(file).size
    } catch { throw error.about("\(file)") }
    crc32 = Self.attribute("crc32", of: file).flatMap { UInt32($0, radix: 16) }
    cacheDirectory = try Self.status(of: mount).cache.directory
  }

  private static func attribute(_ name: String, of path: String) -> String? {
    ExtendedAttribute.value("user.fus.\(name)", of: path)
  }

  /// The path of the package as served.
  private static func served(near path: String) -> String? {
    if let name = attribute("binary_name", of: path) {
      return ancestors(of: path).map { "\($0)/\(name)" }.first { attribute("binary_name", of: $0) == name }
    }
    // A release's own directory, or that of a region, which stands for its latest release.
    for directory in [path, "\(path)/\(latest)"] {
      let files = ((try? Folder.names(in: directory)) ?? []).map { (name: $0, path: "\(directory)/\($0)") }
      if let file = files.first(where: { attribute("binary_name", of: $0.path) == $0.name }) {
        return file.path
      }
    }
    return nil
  }

  private static let latest = ReleaseNames.latest

  /// The path and the directories above it, the nearest first.
  private static func ancestors(of path: String) -> [String] {
    let components = path.split(separator: "/")
    return components.indices.reversed().map { "/" + components[...$0].joined(separator: "/") }
  }

  private static func status(of mountpoint: String) throws(Failure) -> MountStatus {
    let bytes = try readSmallFile("\(mountpoint)/\(MountStatus.path)")
    do { return try MountStatus(json: bytes) } catch {
      throw Failure(.unsupported, "The mount at \(mountpoint) is served by another version of fusfs.")
    }
  }
}
