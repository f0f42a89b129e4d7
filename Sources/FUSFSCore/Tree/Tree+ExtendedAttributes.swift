import FUSNet
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
    case .release(let identity, _):
      return [
        ("model", "\(identity.model)"), ("region", "\(identity.region)"), ("version", "\(identity.version)"),
      ]
    case .file(let file):
      let release = file.release
      var values = [
        ("model", "\(release.identity.model)"), ("region", "\(release.identity.region)"),
        ("version", "\(release.inform.version)"), ("binary_name", release.inform.binaryName),
        ("cached_bytes", "\(release.cachedBytes)"),
      ]
      if let crc32 = release.inform.crc32 {
        let digits = String(crc32, radix: 16)
        values.append(("crc32", String(repeating: "0", count: 8 - digits.count) + digits))
      }
      if !release.osName.isEmpty { values.append(("android", release.osName)) }
      return values
    }
  }
}
