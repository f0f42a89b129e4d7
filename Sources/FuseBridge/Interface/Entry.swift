/// A name in an open directory.
package struct Entry<Node: Sendable>: Sendable {
  package let name: String
  package let inode: UInt64
  package let kind: Attributes.Kind
  /// The node, where its attributes are known already: the kernel then need not look the name up.
  ///
  /// Without it `ls` sees name, number and kind, and only `ls -l` asks for more.
  let details: FoundNode<Node>?

  package init(name: String, inode: UInt64, kind: Attributes.Kind) {
    self.name = name
    self.inode = inode
    self.kind = kind
    self.details = nil
  }

  /// An entry of which all is known.
  package init(name: String, _ details: FoundNode<Node>) {
    self.name = name
    self.inode = details.attributes.inode
    self.kind = details.attributes.kind
    self.details = details
  }
}

extension Entry {
  /// The longest name in bytes, as `statfs` says too.
  static var longestName: Int { 255 }

  /// Whether the kernel takes it: one that it does not would make the whole directory unreadable.
  var hasUsableName: Bool {
    let bytes = name.utf8
    return inode != 0 && !bytes.isEmpty && bytes.count <= Self.longestName && name != "." && name != ".."
      && !bytes.contains(UInt8(ascii: "/")) && !bytes.contains(0)
  }
}
