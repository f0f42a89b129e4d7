/// What a name in a directory stands for.
package enum Lookup<Node: Sendable>: Sendable {
  case found(FoundNode<Node>)
  /// There is no such name (ENOENT), and the kernel need not ask again for that long.
  case absent(for: Validity)

  package static func found(
    _ node: Node, _ attributes: Attributes, nameValidity: Validity
  ) -> Lookup {
    .found(FoundNode(node, attributes, nameValidity: nameValidity))
  }
}

/// A node with all that the kernel wants to know when it meets one.
package struct FoundNode<Node: Sendable>: Sendable {
  package let node: Node
  package let attributes: Attributes
  /// How long the name stands for this node.
  package let nameValidity: Validity

  package init(_ node: Node, _ attributes: Attributes, nameValidity: Validity) {
    self.node = node
    self.attributes = attributes
    self.nameValidity = nameValidity
  }
}

/// How long the kernel may answer from its own copy.
package enum Validity: Sendable, Equatable {
  case forever
  case seconds(Double)

  /// It asks each time.
  package static var none: Validity { .seconds(0) }

  /// In libfuse's terms. Three decades are forever, and far from what overflows the kernel's ticks.
  var timeout: Double {
    switch self {
    case .forever: 1e9
    case .seconds(let seconds): seconds.isNaN ? 0 : min(max(seconds, 0), 1e9)
    }
  }
}
