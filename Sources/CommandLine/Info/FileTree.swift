import FUSFSCore
import Primitives

/// What `fusfs info --members` tells of a file or directory. Its JSON form is this type's.
struct FileTree: Sendable, Equatable, Encodable {
  enum Kind: String, Sendable, Encodable {
    case directory, file
  }

  var name: String
  var kind: Kind
  /// In bytes; nil for a directory, and for a file whose size could not be found out.
  var size: UInt64?
  /// Nil for a file, and for a directory at the depth that was asked for.
  var children: [FileTree]?
  /// Why the size or some of the children are missing, in a sentence.
  var problem: String?
}

extension FileTree {
  /// The tree for programs: one JSON object, ended by a line feed.
  func json() throws(Failure) -> String {
    guard let bytes = try? JSON.encoded(self) else {
      throw Failure(.local, "The tree could not be written as JSON.")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The tree for a person: a line for each file and directory, those inside indented.
  ///
  /// ```
  ///   A207FXXU2CUI2/
  ///     AP/
  ///       boot.img.lz4         31457280
  ///       boot.img             67108864  64 MiB
  /// ```
  var words: String { TextTable(rows: rows(indent: "")).text }

  private func rows(indent: String) -> [[String]] {
    let size = size.map { ["\($0)", ByteSize(bytes: $0).words] } ?? ["", ""]
    let row = [indent + name + (kind == .directory ? "/" : "")] + size + (problem.map { [$0] } ?? [])
    return [row] + (children ?? []).flatMap { $0.rows(indent: indent + "  ") }
  }

  /// Whether all of it could be found out.
  var isComplete: Bool { problem == nil && (children ?? []).allSatisfy(\.isComplete) }
}

extension FileTree {
  /// The node and what is below it.
  ///
  /// What cannot be found out is told in place, and the rest goes on.
  ///
  /// - Parameter depth: how many levels below the node are looked at.
  static func reading(_ node: Node, named name: String, in tree: Tree, depth: Int) async -> FileTree {
    var file = FileTree(name: name, kind: node.kind == .directory ? .directory : .file)
    do throws(Failure) {
      switch node.kind {
      case .regularFile: file.size = try await tree.attributes(of: node).size
      case .directory:
        guard depth > 0 else { return file }
        try await file.addChildren(of: node, in: tree, depth: depth)
      }
    } catch {
      file.problem = error.cause
    }
    return file
  }

  private mutating func addChildren(of node: Node, in tree: Tree, depth: Int) async throws(Failure) {
    children = []
    let listing = try await tree.children(of: node)
    var position = 0
    while true {
      let found = try await listing.children(from: position, limit: Self.step)
      guard !found.isEmpty else { return }
      position += found.count
      for child in found {
        children?.append(await .reading(child.node, named: child.name, in: tree, depth: depth - 1))
      }
    }
  }

  /// Children that are asked for at a time: few, so that what lies in a tar is looked into while it is at hand.
  private static let step = 1
}
