import FUSNet

extension Release {
  private struct Summary: Encodable {
    let model: String
    let region: String
    let version: String
    let binaryName: String
    let binaryNature: String
    let size: UInt64
    let crc32: UInt32?
    let encryption: String
    let displayName: String
    let android: String
    let lastModified: Int64?
    let description: String?
    let members: [String: String]
  }

  /// `release.json`: what the server said of the release, in short.
  var summary: [UInt8] {
    let members = inform.members.map { ($0.role.rawValue, $0.name) }
    let summary = Summary(
      model: "\(identity.model)", region: "\(identity.region)", version: "\(inform.version)",
      binaryName: inform.binaryName, binaryNature: "\(inform.nature)", size: inform.byteSize,
      crc32: inform.crc32, encryption: "\(inform.encryption)", displayName: inform.displayName,
      android: osName, lastModified: modified, description: inform.descriptionURL,
      members: Dictionary(members, uniquingKeysWith: { first, _ in first }))
    return (try? JSON.encoded(summary)) ?? []
  }
}
