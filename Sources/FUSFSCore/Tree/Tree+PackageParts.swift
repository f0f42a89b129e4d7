import FUSNet
import FirmwareFormats
package import Primitives

// What of a package is to be fetched for a node, so that it can be read without the server.
extension Tree {
  /// The node at the end of a path from the root on.
  package func node(at path: [String]) async throws(Failure) -> Node {
    var node = Node.root
    for name in path { node = try await child(named: name, of: node).node }
    return node
  }

  /// The release that the node is or belongs to, of a model in a region the latest; nil for what belongs to none.
  package func release(of node: Node) async throws(Failure) -> Release? {
    switch node {
    case .root, .model, .information, .informationFile: nil
    case .region(let device), .latest(let device): try await catalogue.latestRelease(of: device)
    case .release(let identity, _, _): try await catalogue.release(identity)
    case .folder(let folder): folder.release
    case .file(let file): file.release
    case .inner(let inner): inner.release
    }
  }

  /// What of a package the node is made of; nil for what is made of none, such as `release.json`.
  ///
  /// A model in a region stands for its latest release, a directory for all in it. A package is looked into first, so
  /// that a wrong key is noticed before gigabytes are fetched.
  package func packagePart(of node: Node) async throws(Failure) -> PackagePart? {
    switch node {
    case .root, .model:
      throw Failure(.isDirectory, "It is a directory of many releases.", cure: "Name one of them.")
    case .information, .informationFile: return nil
    case .region, .latest, .release:
      guard let release = try await release(of: node) else { return nil }
      return try await whole(release)
    case .folder(let folder): return try await part(ofMember: folder.member, of: folder.release)
    case .file(let file):
      switch file.kind {
      case .encrypted: return PackagePart(release: file.release, bytes: 0..<file.release.encrypted.size)
      case .package: return try await whole(file.release)
      case .member(let name): return try await part(ofMember: name, of: file.release)
      case .summary, .informReply: return nil
      }
    case .inner(let inner):
      let whole = try await part(ofMember: inner.inside.member, of: inner.release)
      guard case .view(let tarEntry, _) = inner.kind,
        let member = inner.release.knownContents?.entry(named: inner.inside.member)
      else { return whole }
      let bytes = member.servedBytes(of: tarEntry, checkpoints: inner.inside.knowledge.checkpoints())
        .clamped(to: whole.bytes)
      let header = min(member.served(beyond: 0), bytes.lowerBound)
      return PackagePart(
        release: inner.release, bytes: bytes, header: min(member.headerOffset, header)..<header)
    }
  }

  private func whole(_ release: Release) async throws(Failure) -> PackagePart {
    _ = try await release.contents()
    return PackagePart(release: release, bytes: 0..<release.encrypted.size)
  }

  private func part(ofMember name: String, of release: Release) async throws(Failure) -> PackagePart {
    guard let member = try await release.contents().entry(named: name) else { throw Self.absent }
    let end = member.served(beyond: member.compressedSize)
    return PackagePart(
      release: release,
      bytes: (member.headerOffset..<max(member.headerOffset, end)).clamped(to: 0..<release.encrypted.size))
  }
}

extension ZIPArchive.Entry {
  /// Of the header before the member's data, with its name and extra fields, in bytes.
  private static let longestHeader: UInt64 = 30 + 2 * 65_535
  /// What deflate adds where it stores bytes as they are, and what a decoder reads ahead.
  private static let slack: UInt64 = 64 << 10

  /// Where so many bytes of the member's data end at the latest. In the package as served each byte has the place that
  /// it has in the plain one.
  fileprivate func served(beyond packed: UInt64) -> UInt64 {
    let (end, overflow) = headerOffset.addingReportingOverflow(packed)
    let (served, isBeyond) = end.addingReportingOverflow(Self.longestHeader)
    return overflow || isBeyond ? .max : served
  }

  /// From where the decoder begins for a tar's entry in this member to where the entry ends, as nearly as that is known
  /// without decoding: behind the last checkpoint bytes are taken to be stored as they are, at worst.
  fileprivate func servedBytes(of entry: TarEntry, checkpoints: any CheckpointStore) -> Range<UInt64> {
    let (end, overflow) = entry.dataOffset.addingReportingOverflow(entry.size)
    let last = min(overflow ? .max : end, uncompressedSize)
    guard method == .deflated else {
      let start = headerOffset + min(entry.dataOffset, UInt64.max - headerOffset)
      return start..<max(start, served(beyond: last))
    }
    let before = checkpoints.checkpoint(atOrBefore: entry.dataOffset).map { $0.input / 8 } ?? 0
    let (output, input) = checkpoints.checkpoint(atOrBefore: last).map { ($0.output, $0.input / 8) } ?? (0, 0)
    let rest = last - min(last, output)
    let packed = min(compressedSize, input + rest / 1000 + Self.slack + min(rest, compressedSize))
    let start = headerOffset + min(before, compressedSize)
    return start..<max(start, served(beyond: packed))
  }
}
