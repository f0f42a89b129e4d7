import FirmwareFormats
package import Primitives

// Files that are opened, and their bytes.
extension Tree {
  package func open(_ node: Node) async throws(Failure) -> OpenFile {
    let file = try await opened(node)
    guard node.changes != file.changes else { return file }
    // What was found damaged while it was opened has been fetched anew.
    close(file)
    return try await opened(node)
  }

  private func opened(_ node: Node) async throws(Failure) -> OpenFile {
    let changes = node.changes
    let content = try await content(of: node)
    // Pages that the kernel has kept of what was found damaged are not to be relied on; nor may whoever has read some of
    // it go on with the pages of others, which are right.
    let pages: OpenFile.Pages =
      if case .informationFile = node {
        .none
      } else if changes > 0 {
        .none
      } else {
        node.served?.isVerified == false ? .fresh : .kept
      }
    return OpenFile(node: node, content: content, pages: pages, changes: changes)
  }

  private func content(of node: Node) async throws(Failure) -> any RandomReadable {
    switch node {
    case .informationFile(let file): return BytesFile(information.bytes(of: file))
    case .file(let file):
      switch file.kind {
      case .encrypted: return file.release.served
      case .package: return try await file.release.package()
      case .member(let name): return try await file.release.contents().open(member: name)
      case .summary: return BytesFile(file.release.summary)
      case .informReply: return BytesFile(file.release.informReply)
      }
    case .inner(let inner): return try await open(inner)
    case .root, .information, .model, .region, .latest, .release, .folder:
      throw Failure(.isDirectory, "A directory cannot be read as a file.")
    }
  }

  /// Fills all of the destination; the range must lie within the file.
  ///
  /// A member that turns out to be damaged is fetched anew for those who open it after that; whoever has read some of
  /// it gets no more, since that may have been wrong.
  package func read(
    _ file: OpenFile, into destination: inout MutableRawSpan, at offset: UInt64
  ) async throws(Failure) {
    try check(file)
    do throws(Failure) {
      try await file.content.read(into: &destination, at: offset)
    } catch {
      throw noted(error, of: file.node)
    }
    // It may have been found meanwhile.
    try check(file)
  }

  /// The same where that needs no waiting, but for the local disk; false if it does.
  package func readAtOnce(
    _ file: OpenFile, into destination: inout MutableRawSpan, at offset: UInt64
  ) throws(Failure) -> Bool {
    try check(file)
    do throws(Failure) {
      guard try file.content.readAtOnce(into: &destination, at: offset, horizon: nil) else { return false }
    } catch {
      throw noted(error, of: file.node)
    }
    try check(file)
    return true
  }

  private func check(_ file: OpenFile) throws(Failure) {
    guard file.node.changes == file.changes else {
      throw Failure(.damaged, "It was found damaged while this file was open.", cure: "Open it again.")
    }
  }

  /// The failure, after what is damaged was forgotten, to be fetched anew.
  func noted(_ failure: Failure, of node: Node) -> Failure {
    guard failure.code == .damaged else { return failure }
    node.served?.foundDamaged()
    if let (contents, member) = node.member {
      if let path = node.pathInside {
        contents.foundDamaged(insideMember: member, shownAs: path)
      } else {
        contents.foundDamaged(member: member)
      }
    }
    return failure.cured(by: "Open it again: it is fetched anew, once in ten minutes.")
  }

  /// The file is no longer read through this opening.
  package func close(_ file: OpenFile) {
    if case .inner(let inner) = file.node {
      inner.inside.release()
    } else if let (contents, member) = file.node.member {
      contents.close(member: member)
    }
  }
}

extension Node {
  /// The member out of which the file's bytes come, with the package that it is in.
  fileprivate var member: (contents: PackageContents, name: String)? {
    switch self {
    case .file(let file):
      guard case .member(let name) = file.kind, let contents = file.release.knownContents else { return nil }
      return (contents, name)
    case .inner(let inner): return inner.release.knownContents.map { ($0, inner.inside.member) }
    default: return nil
    }
  }

  /// How often what is given of it may have come not to fit to what was given before.
  fileprivate var changes: Int {
    switch self {
    case .file(let file) where [.summary, .informReply].contains(file.kind): 0
    case .file(let file): file.release.encrypted.changes
    case .inner(let inner): inner.release.encrypted.changes
    default: 0
    }
  }

  /// The release whose package the file is, as served or plain.
  fileprivate var served: Release? {
    guard case .file(let file) = self, file.kind == .encrypted || file.kind == .package else { return nil }
    return file.release
  }

  /// Of a file inside a member: its path there, as it is shown.
  fileprivate var pathInside: String? {
    guard case .inner(let inner) = self else { return nil }
    return inner.path.joined(separator: "/")
  }
}
