import FirmwareFormats
import Primitives

// The inside of a release's tars.
extension Tree {
  /// The tar's own directory, as a node inside it.
  func root(of folder: ReleaseFolder) async throws(Failure) -> InnerNode {
    let contents = try await folder.release.contents()
    guard let inside = contents.inside(ofMember: folder.member) else { throw Self.absent }
    return InnerNode(release: folder.release, inside: inside, path: [], kind: .directory)
  }

  /// The child of a tar's own directory; a name that no tar of firmware holds costs nothing.
  func child(named name: String, of folder: ReleaseFolder) async throws(Failure) -> Child {
    guard folder.release.knownContents != nil || InnerNames.isPlausible(name, atDepth: 0) else {
      throw Self.absent
    }
    return try await child(named: name, of: root(of: folder))
  }

  func child(named name: String, of directory: InnerNode) async throws(Failure) -> Child {
    guard let found = try await directory.child(named: name, expansion: expansion) else { throw Self.absent }
    return child(name, .inner(found))
  }

  func children(of directory: InnerNode) async throws(Failure) -> Listing {
    switch directory.kind {
    case .directory:
      return .growing(InnerListing(of: directory, expansion: expansion) { self.child($0, .inner($1)) })
    case .view(let entry, .partitions):
      let partitions = try await directory.inside.partitions(of: entry).partitions
      return .complete(
        partitions.map { partition in
          child(
            partition.fileName,
            .inner(directory.child(partition.fileName, .view(entry, .partition(partition.name)))))
        })
    case .view: throw Failure(.notDirectory, "A file has no entries.")
    }
  }

  /// The attributes, once they are known.
  func knownAttributes(of inner: InnerNode) -> NodeAttributes? {
    let node = Node.inner(inner)
    switch inner.kind {
    case .directory: return attributes(of: node, size: 0, modified: inner.release.modified)
    case .view(let entry, let view):
      guard let size = inner.inside.knownSize(of: entry, view) else { return nil }
      return attributes(of: node, size: size, modified: entry.modified)
    }
  }

  func foundAttributes(of inner: InnerNode) async throws(Failure) -> NodeAttributes {
    guard case .view(let entry, let view) = inner.kind else { throw Self.absent }
    // The member's decoders stay for all of its reads.
    let hold = try await MemberHold(inner.inside)
    defer { extendLifetime(hold) }
    do throws(Failure) {
      let size = try await inner.inside.size(of: entry, view)
      return attributes(of: .inner(inner), size: size, modified: entry.modified)
    } catch {
      throw noted(error, of: .inner(inner))
    }
  }

  /// Each opening is paired with one of `inside.release()`.
  func open(_ inner: InnerNode) async throws(Failure) -> any RandomReadable {
    guard case .view(let entry, let view) = inner.kind, view != .partitions else {
      throw Failure(.isDirectory, "A directory cannot be read as a file.")
    }
    try await inner.inside.hold()
    do throws(Failure) {
      return try await inner.inside.content(of: entry, view)
    } catch {
      inner.inside.release()
      throw noted(error, of: .inner(inner))
    }
  }
}
