import FUSNet
import FirmwareFormats
package import Primitives

/// The tree of models, regions, releases and files, each found when it is asked for.
package final class Tree: Sendable {
  let catalogue: Catalogue
  let information: Information
  let expansion: Expansion
  /// When the mount began, in seconds since the epoch: the time of what has none of its own.
  private let mountedAt: Int64

  package init(
    catalogue: Catalogue, information: Information, expansion: Expansion = .full, mountedAt: Int64
  ) {
    self.catalogue = catalogue
    self.information = information
    self.expansion = expansion
    self.mountedAt = mountedAt
  }

  /// How long a name that is not there is taken as not there, in seconds.
  package static let absenceValidity = 60.0

  static let absent = Failure(.notFound, "There is no such file.")

  // MARK: Names

  /// The node under a name of a directory.
  ///
  /// A name that cannot be a model, a region or a file of a release is answered without a request.
  package func child(named name: String, of directory: Node) async throws(Failure) -> Child {
    switch directory {
    case .root:
      if name == Self.informationName { return child(name, .information) }
      guard let model = DeviceModel(name) else { throw Self.absent }
      return child(name, .model(model))
    case .information:
      guard let file = InformationFile(rawValue: name) else { throw Self.absent }
      return child(name, .informationFile(file))
    case .model(let model):
      guard let region = RegionCode(name) else { throw Self.absent }
      let device = Device(model: model, region: region)
      _ = try await catalogue.history(of: device)
      return child(name, .region(device))
    case .region(let device):
      if name == ReleaseNames.latest { return child(name, .latest(device)) }
      guard !Self.isProbe(name) else { throw Self.absent }
      let history = try await catalogue.history(of: device)
      guard let version = ReleaseNames(history).version(named: name) else { throw Self.absent }
      return child(name, releaseNode(version, of: device, in: history))
    case .latest(let device):
      let release = try await catalogue.latestRelease(of: device)
      let found = try await file(named: name, of: release)
      return Child(
        name: name, node: found, validity: changingValidity, attributes: cheapAttributes(of: found))
    case .release(let identity, _, _):
      let release = try await catalogue.release(identity)
      let found = try await file(named: name, of: release)
      return Child(
        name: name, node: found, validity: validity(of: release), attributes: cheapAttributes(of: found))
    case .folder(let folder):
      return try await child(named: name, of: folder)
    case .inner(let directory):
      return try await child(named: name, of: directory)
    case .informationFile, .file:
      throw Failure(.notDirectory, "A file has no entries.")
    }
  }

  static let informationName = ".fusfs"

  func child(_ name: String, _ node: Node) -> Child {
    let validity: Validity =
      switch node {
      case .region, .latest: .seconds(catalogue.configuration.latestTTL)
      case .release: changingValidity
      default: .forever
      }
    return Child(name: name, node: node, validity: validity, attributes: cheapAttributes(of: node))
  }

  func releaseNode(_ version: FirmwareVersion, of device: Device, in history: ReleaseHistory) -> Node {
    let entry = history.releases.first { $0.version == version }
    let identity = ReleaseIdentity(model: device.model, region: device.region, version: version)
    return .release(identity, modified: entry?.openDate, edition: catalogue.edition(of: identity))
  }

  /// For how long a name holds that may lead to another release, or to another package of the same one: to ask again costs
  /// no request.
  var changingValidity: Validity { .seconds(min(catalogue.configuration.latestTTL, 60)) }

  /// For how long a release's names hold: for ever, unless the server answered for another one than asked for, or
  /// contradicts itself.
  func validity(of release: Release) -> Validity {
    release.isCertain ? .forever : .seconds(Catalogue.uncertainLifetime)
  }

  /// The file of a release under a name.
  private func file(named name: String, of release: Release) async throws(Failure) -> Node {
    if let file = release.filesWithoutContents.first(where: { $0.name == name }) {
      guard case .member = file.kind, let contents = release.knownContents else { return .file(file) }
      // Where the server's reply and the package disagree, the package is right.
      guard contents.entry(named: name) != nil else { throw Self.absent }
      return .file(file)
    }
    if expansion != .off, let folder = release.folders.first(where: { $0.name == name }) {
      return .folder(folder)
    }
    guard !Self.isProbe(name) else { throw Self.absent }
    let contents = try await release.contents()
    if expansion != .off, let folder = release.folders.first(where: { $0.name == name }) {
      return .folder(folder)
    }
    guard contents.entry(named: name) != nil else { throw Self.absent }
    return .file(ReleaseFile(release: release, kind: .member(name)))
  }

  /// Names that programs merely look for everywhere: they are no reason to ask the server.
  private static func isProbe(_ name: String) -> Bool {
    name.hasPrefix(".") || probes.contains(name.lowercased())
  }

  private static let probes: Set<String> = [
    "desktop.ini", "thumbs.db", "autorun.inf", "lost+found", "folder.jpg", "cvs", "rcs", "sccs",
  ]

  // MARK: Attributes

  package func attributes(of node: Node) async throws(Failure) -> NodeAttributes {
    if let attributes = cheapAttributes(of: node) { return attributes }
    if case .inner(let inner) = node { return try await foundAttributes(of: inner) }
    if case .file(let file) = node { _ = try await file.release.contents() }
    // A member that the server's reply names and the package lacks has none now either.
    guard let attributes = cheapAttributes(of: node) else { throw Self.absent }
    return attributes
  }

  /// The attributes, where they are known without asking the server: of what lies in a package once that is open.
  func cheapAttributes(of node: Node) -> NodeAttributes? {
    switch node {
    case .root, .information, .model, .region, .latest:
      return attributes(of: node, size: 0, modified: nil)
    case .release(_, let modified, _):
      return attributes(of: node, size: 0, modified: modified)
    case .folder(let folder):
      return attributes(of: node, size: 0, modified: folder.release.modified)
    case .inner(let inner):
      return knownAttributes(of: inner)
    case .informationFile:
      // Its size is known when it is read, as with the kernel's own files in /proc.
      return NodeAttributes(
        inode: node.inode, kind: .regularFile, size: 0,
        modified: mountedAt, validity: .seconds(0))
    case .file(let file):
      let release = file.release
      let modified = release.modified
      switch file.kind {
      case .encrypted:
        return attributes(of: node, size: release.encrypted.size, modified: modified)
      case .summary:
        return attributes(of: node, size: UInt64(release.summary.count), modified: modified)
      case .informReply:
        return attributes(of: node, size: UInt64(release.informReply.count), modified: modified)
      case .package:
        guard let contents = release.knownContents else { return nil }
        return attributes(of: node, size: contents.archive.size, modified: modified)
      case .member(let name):
        guard let entry = release.knownContents?.entry(named: name) else { return nil }
        return attributes(of: node, size: entry.uncompressedSize, modified: entry.modificationTime)
      }
    }
  }

  func attributes(of node: Node, size: UInt64, modified: Int64?) -> NodeAttributes {
    NodeAttributes(
      inode: node.inode, kind: node.kind, size: size, modified: modified ?? mountedAt, validity: .forever)
  }

  /// The bytes and number of the files of all releases that have been looked at.
  package var statistics: (bytes: UInt64, files: UInt64) {
    let releases = catalogue.openReleases
    let bytes = releases.reduce(UInt64(0)) { sum, release in
      let (sum, overflow) = sum.addingReportingOverflow(release.encrypted.size)
      return overflow ? .max : sum
    }
    return (bytes, UInt64(releases.reduce(0) { $0 + $1.files.count }))
  }
}
