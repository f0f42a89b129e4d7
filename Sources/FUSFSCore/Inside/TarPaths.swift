import FirmwareFormats

/// Which paths a tar has, as far as its entries are known; directories that only its files imply among them. Pure.
struct TarPaths: Sendable {
  enum Place: Sendable, Equatable {
    /// The entry's place in the tar's order.
    case file(Int)
    case directory
  }

  /// A name in a directory; whole paths would repeat those of their directories.
  private struct Key: Hashable {
    let directory: Int
    let name: String
  }

  private enum Found {
    case file(Int)
    case directory(Int)
  }

  private static let root = 0

  private var places: [Key: Found] = [:]
  private var directories = 1
  private var count = 0

  /// Adds the tar's next entries.
  mutating func add(_ entries: ArraySlice<TarEntry>) {
    for entry in entries {
      defer { count += 1 }
      guard let name = entry.path.last else { continue }
      var directory = Self.root
      for parent in entry.path.dropLast() { directory = self.directory(parent, in: directory) }
      switch entry.kind {
      case .file: places[Key(directory: directory, name: name)] = .file(count)
      case .directory: _ = self.directory(name, in: directory)
      }
    }
  }

  /// What has this path; the empty one is the tar's own directory.
  func place(of path: [String]) -> Place? {
    var directory = Self.root
    for (depth, name) in path.enumerated() {
      switch places[Key(directory: directory, name: name)] {
      case .directory(let next): directory = next
      case .file(let place): return depth == path.count - 1 ? .file(place) : nil
      case nil: return nil
      }
    }
    return .directory
  }

  private mutating func directory(_ name: String, in parent: Int) -> Int {
    let key = Key(directory: parent, name: name)
    if case .directory(let known) = places[key] { return known }
    places[key] = .directory(directories)
    directories += 1
    return directories - 1
  }
}
