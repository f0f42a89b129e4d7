/// The nodes that the kernel knows, by their inode numbers, with how often it was told of each.
///
/// The kernel counts each answer that names a node, and gives the count back in `forget`; at zero it will not ask
/// for that number again before looking the node up anew. The root stays.
struct InodeTable<Node> {
  static var root: UInt64 { 1 }

  private struct Known {
    var node: Node
    var parent: UInt64
    var lookups: UInt64
  }

  private var known: [UInt64: Known]

  init(root node: Node) {
    known = [Self.root: Known(node: node, parent: Self.root, lookups: 1)]
  }

  /// Nodes that the kernel knows, the root among them.
  var count: Int { known.count }

  func node(_ inode: UInt64) -> Node? { known[inode]?.node }

  /// The directory in which the node was found first; the root's is itself.
  func parent(of inode: UInt64) -> UInt64? { known[inode]?.parent }

  /// Counts that the kernel is told of the node, as a name in `parent`.
  mutating func remember(_ inode: UInt64, _ node: Node, parent: UInt64) {
    guard inode != Self.root else { return }
    known[inode, default: Known(node: node, parent: parent, lookups: 0)].lookups += 1
  }

  /// Takes back some of what was counted.
  mutating func forget(_ inode: UInt64, lookups: UInt64) {
    guard inode != Self.root, let left = known[inode]?.lookups else { return }
    if left > lookups {
      known[inode]?.lookups = left - lookups
    } else {
      known[inode] = nil
    }
  }
}
