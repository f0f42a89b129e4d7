import FirmwareFormats
package import Primitives

// Files that are opened, and their bytes.
extension Tree {
  package func open(_ node: Node) async throws(Failure) -> OpenFile {
    switch node {
    case .informationFile(let file):
      return OpenFile(node: node, content: BytesFile(information.bytes(of: file)), pages: .none)
    case .file(let file):
      let content: any RandomReadable
      switch file.kind {
      case .encrypted: content = file.release.served
      case .package: content = try await file.release.package()
      case .member(let name): content = try await file.release.contents().open(member: name)
      case .summary: content = BytesFile(file.release.summary)
      case .informReply: content = BytesFile(file.release.informReply)
      }
      return opened(node, content)
    case .inner(let inner):
      return opened(node, try await open(inner))
    case .root, .information, .model, .region, .latest, .release, .folder:
      throw Failure(.isDirectory, "A directory cannot be read as a file.")
    }
  }

  /// Pages that the kernel has kept of what was found damaged are not to be relied on.
  private func opened(_ node: Node, _ content: any RandomReadable) -> OpenFile {
    let isRefetched = node.isRefetched
    let wasWrong = isRefetched || node.served?.isVerified == false
    return OpenFile(
      node: node, content: content, pages: wasWrong ? .fresh : .kept, isOfRefetched: isRefetched)
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
  }

  /// The same where that needs no waiting, but for the local disk; false if it does.
  package func readAtOnce(
    _ file: OpenFile, into destination: inout MutableRawSpan, at offset: UInt64
  ) throws(Failure) -> Bool {
    try check(file)
    do throws(Failure) {
      return try file.content.readAtOnce(into: &destination, at: offset, horizon: nil)
    } catch {
      throw noted(error, of: file.node)
    }
  }

  private func check(_ file: OpenFile) throws(Failure) {
    guard file.node.isRefetched == file.isOfRefetched else {
      throw Failure(.damaged, "It was found damaged while this file was open.", cure: "Open it again.")
    }
  }

  /// The failure, after what is damaged was forgotten, to be fetched anew once.
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
    return failure.cured(by: "Open it again: it is fetched anew once.")
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

  /// Whether what the bytes come from was fetched anew because it was damaged.
  fileprivate var isRefetched: Bool {
    if let served { return served.isRefetched }
    return member.map { $0.contents.isRefetched(member: $0.name) } ?? false
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
