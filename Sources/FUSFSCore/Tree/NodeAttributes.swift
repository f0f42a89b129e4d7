package import FirmwareFormats

/// For how long something that was said of the tree holds.
package enum Validity: Sendable, Equatable {
  case forever
  case seconds(Double)
}

/// What `stat` tells of a node.
package struct NodeAttributes: Sendable {
  package let inode: UInt64
  package let kind: Node.Kind
  /// In bytes, exact.
  package let size: UInt64
  /// Seconds since the epoch.
  package let modified: Int64
  package let validity: Validity
}

/// A node found under a name.
package struct Child: Sendable {
  package let name: String
  package let node: Node
  /// For how long the name leads to the node.
  package let validity: Validity
  /// Where they cost nothing to know.
  package let attributes: NodeAttributes?
}

/// An open file.
package struct OpenFile: Sendable {
  package let node: Node
  package let content: any RandomReadable
  package let pages: Pages
  /// How often what the bytes come from had changed when the file was opened.
  var changes = 0

  /// What becomes of the bytes that the kernel has of it.
  package enum Pages: Sendable {
    /// They can never change.
    case kept
    /// Some that were given before were damaged.
    case fresh
    /// They may change at any time.
    case none
  }
}
