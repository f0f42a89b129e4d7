import FUSNet
import FirmwareFormats
package import Primitives

extension Tree {
  /// What a directory lists. Nothing is downloaded for it: a release costs the server's one reply about it.
  package func children(of directory: Node) async throws(Failure) -> Listing {
    switch directory {
    case .root:
      let models = Set(catalogue.knownDevices.map(\.model)).sorted { $0.description < $1.description }
      return .complete(
        [child(Self.informationName, .information)] + models.map { child($0.description, .model($0)) })
    case .information:
      return .complete(InformationFile.allCases.map { child($0.rawValue, .informationFile($0)) })
    case .model(let model):
      let devices = catalogue.knownDevices.filter { $0.model == model }.sorted {
        $0.description < $1.description
      }
      return .complete(devices.map { child($0.region.description, .region($0)) })
    case .region(let device):
      let history = try await catalogue.history(of: device)
      let names = ReleaseNames(history)
      let releases = names.names.compactMap { name in
        names.version(named: name).map { child(name, releaseNode($0, of: device, in: history)) }
      }
      return .complete(
        (history.latest == nil ? [] : [child(ReleaseNames.latest, .latest(device))]) + releases)
    case .latest(let device):
      let release = try await catalogue.latestRelease(of: device)
      return .complete(await files(of: release, validity: changingValidity))
    case .release(let identity, _, _):
      let release = try await catalogue.release(identity)
      return .complete(await files(of: release, validity: validity(of: release)))
    case .folder(let folder): return try await children(of: root(of: folder))
    case .inner(let directory): return try await children(of: directory)
    case .informationFile, .file:
      throw Failure(.notDirectory, "A file has no entries.")
    }
  }

  /// Nothing is downloaded for them: what the package itself says is told if an earlier mount has kept it.
  private func files(of release: Release, validity: Validity) async -> [Child] {
    _ = await release.keptContents()
    let files = release.files.map { (name: $0.name, node: Node.file($0)) }
    let folders = expansion == .off ? [] : release.folders.map { (name: $0.name, node: Node.folder($0)) }
    return (files + folders).map { name, node in
      Child(name: name, node: node, validity: validity, attributes: cheapAttributes(of: node))
    }
  }
}

/// What a directory lists.
package enum Listing: Sendable {
  case complete([Child])
  /// More is found while it is read.
  case growing(InnerListing)

  /// The children from a position on, at most `limit`; waits until there is one, and none means the end.
  package func children(from position: Int, limit: Int) async throws(Failure) -> [Child] {
    switch self {
    case .complete(let children): Array(children.dropFirst(position).prefix(limit))
    case .growing(let listing): try await listing.children(from: position, limit: limit)
    }
  }
}

extension Release {
  /// The files whose names the server's reply gives.
  var filesWithoutContents: [ReleaseFile] {
    packageFiles + memberFiles(inform.members.map(\.name))
  }

  /// The files as far as they are known: the ZIP's own names once its directory has been read.
  var files: [ReleaseFile] {
    guard let contents = knownContents else { return filesWithoutContents }
    return packageFiles + memberFiles(contents.directory.entries.map(\.name))
  }

  /// The directories of members that are tars.
  var folders: [ReleaseFolder] {
    let members = knownContents?.directory.entries.map(\.name) ?? inform.members.map(\.name)
    let taken = Set(packageFiles.map(\.name))
    return InnerNames.folders(of: members).filter { !taken.contains($0.folder) }
      .map { ReleaseFolder(release: self, name: $0.folder, member: $0.member) }
  }

  private var packageFiles: [ReleaseFile] {
    let kinds: [ReleaseFile.Kind] =
      inform.encryption == .none
      ? [.package, .summary, .informReply] : [.encrypted, .package, .summary, .informReply]
    return kinds.map { ReleaseFile(release: self, kind: $0) }
  }

  /// A member cannot take the name of a file that is there already.
  private func memberFiles(_ names: [String]) -> [ReleaseFile] {
    var taken = Set(packageFiles.map(\.name))
    return names.filter { taken.insert($0).inserted }.map { ReleaseFile(release: self, kind: .member($0)) }
  }

  /// The package's name without the suffix of its encryption.
  var packageName: String {
    switch inform.encryption {
    case .none: inform.binaryName
    case .enc2, .enc4: String(inform.binaryName.dropLast(".enc4".count))
    }
  }
}
