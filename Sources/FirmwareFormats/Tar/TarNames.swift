/// The names that an archive's entries take up, as a tree, to notice those that cannot stand beside each other.
struct TarNames: Sendable {
  private struct Place: Hashable {
    let directory: Int
    /// Compared as texts are, so that two ways to write the same letters are one name.
    let name: String
  }

  private enum Node {
    case file
    case directory
    /// A directory that was only seen in the paths of others.
    case impliedDirectory
  }

  /// Directories that are only seen in paths.
  static let mostImpliedDirectories = 65_536
  /// Bytes of all paths together, slashes left out: 256 for each of the most entries.
  static let mostBytes = 16 << 20

  private var places: [Place: Int] = [:]
  /// The first one is the root.
  private var nodes: [Node] = [.impliedDirectory]
  private var impliedDirectories = 0
  private var bytes = 0

  /// Takes the path up, or changes nothing.
  mutating func insert(_ path: [String], as kind: TarEntry.Kind) throws(EntryFault) {
    guard let name = path.last else { throw EntryFault(words: "its name is empty") }
    let total = path.reduce(bytes) { $0 + $1.utf8.count }
    guard total <= Self.mostBytes else {
      throw EntryFault(words: "with it the names take more than \(Self.mostBytes) bytes")
    }
    var directory = 0
    var known = 0
    for component in path.dropLast() {
      guard let next = places[Place(directory: directory, name: component)] else { break }
      if case .file = nodes[next] { throw EntryFault(words: "a file before it would be its directory") }
      directory = next
      known += 1
    }
    let missing = path.dropLast().dropFirst(known)
    if missing.isEmpty, let existing = places[Place(directory: directory, name: name)] {
      switch (nodes[existing], kind) {
      case (.impliedDirectory, .directory):
        nodes[existing] = .directory
        impliedDirectories -= 1
        bytes = total
        return
      case (.impliedDirectory, .file):
        throw EntryFault(words: "others before it lie in a directory of its name")
      case (.file, _), (.directory, _): throw EntryFault(words: "another one before it has the same name")
      }
    }
    guard impliedDirectories + missing.count <= Self.mostImpliedDirectories else {
      throw EntryFault(words: "with it there are more than \(Self.mostImpliedDirectories) directories")
    }
    impliedDirectories += missing.count
    bytes = total
    for component in missing { directory = add(.impliedDirectory, called: component, to: directory) }
    _ = add(kind == .file ? .file : .directory, called: name, to: directory)
  }

  private mutating func add(_ node: Node, called name: String, to directory: Int) -> Int {
    places[Place(directory: directory, name: name)] = nodes.count
    nodes.append(node)
    return nodes.count - 1
  }
}
