package import FUSNet

/// The names of a history's releases as directories.
///
/// A release is named by its PDA; where two releases share one, the older also by its CSC part.
package struct ReleaseNames: Sendable {
  private let versions: [String: FirmwareVersion]
  /// Newest first.
  package let names: [String]

  package init(_ history: ReleaseHistory) {
    var versions: [String: FirmwareVersion] = [:]
    var names: [String] = []
    for version in history.releases.map(\.version) {
      guard versions.values.allSatisfy({ $0 != version }) else { continue }
      let name = versions[version.pda] == nil ? version.pda : "\(version.pda)_\(version.csc)"
      guard versions[name] == nil, name != Self.latest else { continue }
      versions[name] = version
      names.append(name)
    }
    self.versions = versions
    self.names = names
  }

  /// The directory of the newest release.
  package static let latest = "latest"

  package func version(named name: String) -> FirmwareVersion? { versions[name] }
}
