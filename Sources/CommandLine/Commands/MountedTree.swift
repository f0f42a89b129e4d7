import FUSFSCore
import FirmwareFormats
import FuseBridge
import Primitives

/// The tree as the kernel sees it: what FuseBridge asks for in terms of what FUSFSCore has.
struct MountedTree: FileSystem {
  private let tree: Tree

  init(_ tree: Tree) {
    self.tree = tree
  }

  var root: Node { .root }

  func inode(of node: Node) -> UInt64 { node.inode }

  func path(of node: Node) -> String { node.path }

  func lookup(_ name: String, in directory: Node) async throws(Failure) -> Lookup<Node> {
    do throws(Failure) {
      let child = try await tree.child(named: name, of: directory)
      let attributes =
        if let attributes = child.attributes { attributes } else { try await tree.attributes(of: child.node) }
      return .found(
        child.node, Attributes(attributes), nameValidity: FuseBridge.Validity(child.validity))
    } catch {
      guard error.code == .notFound else { throw error.about("\(directory.path)/\(name)") }
      return .absent(for: .seconds(Tree.absenceValidity))
    }
  }

  func attributes(of node: Node) async throws(Failure) -> Attributes {
    do throws(Failure) { return Attributes(try await tree.attributes(of: node)) } catch {
      throw error.about(node.path)
    }
  }

  func openDirectory(_ node: Node) async throws(Failure) -> Listing {
    do throws(Failure) { return try await tree.children(of: node) } catch { throw error.about(node.path) }
  }

  func entries(
    of listing: Listing, from position: Int, limit: Int
  ) async throws(Failure) -> [Entry<Node>] {
    try await listing.children(from: position, limit: limit).map { child in
      guard let attributes = child.attributes else {
        return Entry(name: child.name, inode: child.node.inode, kind: .init(child.node.kind))
      }
      return Entry(
        name: child.name,
        FoundNode(
          child.node, Attributes(attributes), nameValidity: FuseBridge.Validity(child.validity)))
    }
  }

  func open(_ node: Node) async throws(Failure) -> OpenedFile<OpenFile> {
    do throws(Failure) {
      let file = try await tree.open(node)
      return OpenedFile(file, caching: .init(file.pages))
    } catch {
      throw error.about(node.path)
    }
  }

  func read(
    _ file: OpenFile, into destination: inout MutableRawSpan, at offset: UInt64
  ) async throws(Failure) -> Int {
    let count = Self.count(of: file, from: offset, atMost: destination.byteCount)
    guard count > 0 else { return 0 }
    var wanted = destination._mutatingExtracting(0..<count)
    do throws(Failure) {
      try await tree.read(file, into: &wanted, at: offset)
    } catch {
      throw error.about(file.node.path)
    }
    return count
  }

  func readAtOnce(
    _ file: OpenFile, into destination: inout MutableRawSpan, at offset: UInt64
  ) throws(Failure) -> Int? {
    let count = Self.count(of: file, from: offset, atMost: destination.byteCount)
    guard count > 0 else { return 0 }
    var wanted = destination._mutatingExtracting(0..<count)
    do throws(Failure) {
      return try tree.readAtOnce(file, into: &wanted, at: offset) ? count : nil
    } catch {
      throw error.about(file.node.path)
    }
  }

  private static func count(of file: OpenFile, from offset: UInt64, atMost limit: Int) -> Int {
    let size = file.content.size
    return offset < size ? Int(min(UInt64(limit), size - offset)) : 0
  }

  func close(_ file: OpenFile) {
    tree.close(file)
  }

  func target(of link: Node) async throws(Failure) -> String {
    throw Failure(.invalid, "The tree has no symbolic links.")
  }

  func extendedAttributeNames(of node: Node) async throws(Failure) -> [String] {
    tree.extendedAttributeNames(of: node)
  }

  func extendedAttribute(_ name: String, of node: Node) async throws(Failure) -> [UInt8] {
    try tree.extendedAttribute(name, of: node)
  }

  func fetchState(of node: Node) async throws(Failure) -> FetchState {
    do throws(Failure) { return FetchState(try await tree.packagePart(of: node)) } catch {
      throw error.about(node.path)
    }
  }

  func fetch(_ node: Node) async throws(Failure) {
    do throws(Failure) { try await tree.packagePart(of: node)?.fetch() } catch {
      throw error.about(node.path)
    }
  }

  func statistics() -> FileSystemStatistics {
    let (bytes, files) = tree.statistics
    return FileSystemStatistics(size: bytes, files: files)
  }
}

extension OpenedFile<OpenFile>.Caching {
  fileprivate init(_ pages: OpenFile.Pages) {
    self =
      switch pages {
      case .kept: .keepPages
      case .fresh: .freshPages
      case .none: .none
      }
  }
}

extension FetchState {
  /// - Parameter part: nil for what is made of nothing that could be fetched.
  init(_ part: PackagePart?) {
    self.init(size: part?.size ?? 0, cached: part?.cachedBytes ?? 0)
  }
}

extension Attributes {
  fileprivate init(_ attributes: NodeAttributes) {
    self.init(
      inode: attributes.inode, kind: .init(attributes.kind), size: attributes.size,
      modified: FuseBridge.Timestamp(seconds: attributes.modified), validity: .init(attributes.validity))
  }
}

extension Attributes.Kind {
  fileprivate init(_ kind: Node.Kind) {
    self =
      switch kind {
      case .directory: .directory
      case .regularFile: .regularFile
      }
  }
}

extension FuseBridge.Validity {
  fileprivate init(_ validity: FUSFSCore.Validity) {
    self =
      switch validity {
      case .forever: .forever
      case .seconds(let seconds): .seconds(seconds)
      }
  }
}
