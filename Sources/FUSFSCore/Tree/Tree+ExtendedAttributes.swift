import FUSNet
import FirmwareFormats
package import Primitives

/// `user.fus.*`: what is known of a release's files. Never a token.
extension Tree {
  private static let prefix = "user.fus."

  package func extendedAttributeNames(of node: Node) -> [String] {
    values(of: node).map { Self.prefix + $0.name }
  }

  package func extendedAttribute(_ name: String, of node: Node) throws(Failure) -> [UInt8] {
    guard name.hasPrefix(Self.prefix),
      let value = values(of: node).first(where: { Self.prefix + $0.name == name })?.value
    else { throw Failure(.noAttribute, "There is no such attribute.") }
    return Array(value.utf8)
  }

  private func values(of node: Node) -> [(name: String, value: String)] {
    switch node {
    case .root, .information, .informationFile, .model:
      return []
    case .region(let device), .latest(let device):
      return [("model", "\(device.model)"), ("region", "\(device.region)")]
    case .release(let identity, _, _):
      return [
        ("model", "\(identity.model)"), ("region", "\(identity.region)"), ("version", "\(identity.version)"),
      ]
    case .folder(let folder):
      return values(of: folder.release)
    case .inner(let inner):
      return values(of: inner.release) + verified(inner.isVerified)
    case .file(let file):
      return values(of: file.release) + checks(of: file)
    }
  }

  private func values(of release: Release) -> [(name: String, value: String)] {
    let values = [
      ("model", "\(release.identity.model)"), ("region", "\(release.identity.region)"),
      ("version", "\(release.inform.version)"), ("binary_name", release.inform.binaryName),
      ("cached_bytes", "\(release.cachedBytes)"),
    ]
    return values + (release.osName.isEmpty ? [] : [("android", release.osName)])
  }

  /// The file's own checksum, and whether it was found right.
  private func checks(of file: ReleaseFile) -> [(name: String, value: String)] {
    switch file.kind {
    case .encrypted:
      checksum(file.release.inform.crc32) + verified(file.release.isVerified)
    case .package:
      // The server tells the checksum of what it serves, which may be encrypted.
      (file.release.inform.encryption == .none ? checksum(file.release.inform.crc32) : [])
        + verified(file.release.isVerified)
    case .member(let name):
      checksum(file.release.knownContents?.entry(named: name)?.crc32)
        + verified(file.release.knownContents?.knowledge(ofMember: name).isRight)
    case .summary, .informReply: []
    }
  }

  private func checksum(_ crc32: UInt32?) -> [(name: String, value: String)] {
    crc32.map { [("crc32", CRC32.digits($0))] } ?? []
  }

  private func verified(_ isVerified: Bool?) -> [(name: String, value: String)] {
    [("verified", isVerified.map { $0 ? "yes" : "no" } ?? "unknown")]
  }
}
