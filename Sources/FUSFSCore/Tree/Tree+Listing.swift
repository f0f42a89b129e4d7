import FUSNet
import FirmwareFormats
package import Primitives

extension Tree {
  /// What a directory lists. Nothing is downloaded for it: a release costs the server's one reply about it.
  package func children(of directory: Node) async throws(Failure) -> [Child] {
    switch directory {
    case .root:
      let models = Set(catalogue.knownDevices.map(\.model)).sorted { $0.description < $1.description }
      return [child(Self.informationName, .information)]
        + models.map { child($0.description, .model($0)) }
    case .information:
      return InformationFile.allCases.map { child($0.rawValue, .informationFile($0)) }
    case .model(let model):
      return catalogue.knownDevices.filter { $0.model == model }
        .sorted { $0.description < $1.description }
        .map { child($0.region.description, .region($0)) }
    case .region(let device):
      let history = try await catalogue.history(of: device)
      let names = ReleaseNames(history)
      let releases = names.names.compactMap { name in
        names.version(named: name).map { child(name, releaseNode($0, of: device, in: history)) }
      }
      return (history.latest == nil ? [] : [child(ReleaseNames.latest, .latest(device))]) + releases
    case .latest(let device):
      let release = try await catalogue.latestRelease(of: device)
      return files(of: release, validity: .seconds(catalogue.configuration.latestTTL))
    case .release(let identity, _):
      let release = try await catalogue.release(identity)
      return files(of: release, validity: validity(of: release))
    case .informationFile, .file:
      throw Failure(.notDirectory, "A file has no entries.")
    }
  }

  private func files(of release: Release, validity: Validity) -> [Child] {
    release.files.map { file in
      Child(
        name: file.name, node: .file(file), validity: validity, attributes: cheapAttributes(of: .file(file)))
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
