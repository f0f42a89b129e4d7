import FirmwareFormats
import Primitives

/// What a directory inside a tar lists, growing as the tar's entries are found.
///
/// Names come in the tar's order, each with what is shown beside it; of two with one name the first stays.
package final class InnerListing: Sendable {
  private struct State {
    var children: [Child] = []
    var names: Set<String> = []
    /// Entries of the tar that have been looked at.
    var entries = 0
  }

  private let directory: InnerNode
  private let expansion: Expansion
  /// While it must be streamed.
  private let hold = Locked<MemberHold?>(nil)
  private let makeChild: @Sendable (String, InnerNode) -> Child
  private let state = Locked(State())

  init(
    of directory: InnerNode, expansion: Expansion, makeChild: @escaping @Sendable (String, InnerNode) -> Child
  ) {
    self.directory = directory
    self.expansion = expansion
    self.makeChild = makeChild
  }

  /// The children from a position on, at most `limit`; waits until there is one, and none means the end.
  ///
  /// After the last child that can be found it throws what keeps the others from being found.
  func children(from position: Int, limit: Int) async throws(Failure) -> [Child] {
    let inside = directory.inside
    while true {
      let (found, next) = state.withLock { state in
        (Array(state.children.dropFirst(position).prefix(limit)), state.entries)
      }
      if !found.isEmpty { return found }
      if let entry = inside.outline.entry(at: next) {
        let children = try await children(of: entry)
        add(children, of: next)
        continue
      }
      guard expansion == .full, inside.outline.wanted != nil else {
        if let damage = inside.damage { throw damage }
        return []
      }
      try await holdMember()
      try await inside.advance()
    }
  }

  private func add(_ children: [Child], of entry: Int) {
    state.withLock { state in
      // Another reader of this listing may have been faster.
      guard state.entries == entry else { return }
      state.entries += 1
      for child in children where state.names.insert(child.name).inserted { state.children.append(child) }
    }
  }

  /// What the entry shows in this directory.
  private func children(of entry: TarEntry) async throws(Failure) -> [Child] {
    let depth = directory.path.count
    guard entry.path.count > depth, entry.path.starts(with: directory.path) else { return [] }
    let name = entry.path[depth]
    guard entry.path.count == depth + 1, entry.kind == .file else { return [child(name, .directory)] }
    let stem = InnerNames.imageStem(name)
    // First, so that the kernel is told how large the unpacked image is where that is found out by it.
    let shape = stem == nil ? EntryShape() : EntryShape(image: try await image(of: entry))
    var children = [child(name, .view(entry, .asIs))]
    if let unpacked = InnerNames.unpacked(name) { children.append(child(unpacked, .view(entry, .unpacked))) }
    if shape.expanded != nil, let expanded = InnerNames.expanded(name) {
      children.append(child(expanded, .view(entry, .expanded)))
    }
    if shape.isPartitioned, let stem { children.append(child(stem, .view(entry, .partitions))) }
    return children
  }

  /// What the entry's image is; nil where that is not known and nothing is to be read for it, or where the entry is
  /// damaged, which whoever reads it is told.
  private func image(of entry: TarEntry) async throws(Failure) -> EntryShape.Image? {
    if let image = directory.inside.knownShape(of: entry)?.image { return image }
    guard expansion == .full || directory.inside.hasPassed(entry) else { return nil }
    try await holdMember()
    return try await directory.inside.readableImage(of: entry)
  }

  private func holdMember() async throws(Failure) {
    guard hold.withLock({ $0 == nil }) else { return }
    let new = try await MemberHold(directory.inside)
    hold.withLock { $0 = new }
  }

  private func child(_ name: String, _ kind: InnerNode.Kind) -> Child {
    makeChild(name, directory.child(name, kind))
  }
}

/// A member that is kept open, with its decoders, for as long as this lives.
final class MemberHold: Sendable {
  private let inside: MemberInside

  init(_ inside: MemberInside) async throws(Failure) {
    try await inside.hold()
    self.inside = inside
  }

  deinit { inside.release() }
}
