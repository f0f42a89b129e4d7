import FirmwareFormats
import Primitives

extension InnerNode {
  /// The node of this name in a directory inside a tar; nil where there is none.
  ///
  /// Streams the tar no further than until it is found; a name that no tar of firmware holds is no reason to stream
  /// at all.
  func child(named name: String, expansion: Expansion) async throws(Failure) -> InnerNode? {
    switch kind {
    case .view(let entry, .partitions): try await partition(named: name, of: entry)
    case .view: throw Failure(.notDirectory, "A file has no entries.")
    case .directory: try await entry(named: name, expansion: expansion)
    }
  }

  private func partition(named name: String, of entry: TarEntry) async throws(Failure) -> InnerNode? {
    let hold = try await MemberHold(inside)
    defer { extendLifetime(hold) }
    let partitions = try await inside.partitions(of: entry).partitions
    return partitions.first { $0.fileName == name }.map { child(name, .view(entry, .partition($0.name))) }
  }

  private func entry(named name: String, expansion: Expansion) async throws(Failure) -> InnerNode? {
    var dismissed: Set<Int> = []
    if let found = try await known(name, expansion: expansion, &dismissed) { return found }
    if expansion == .full, InnerNames.isPlausible(name, atDepth: path.count), inside.outline.wanted != nil {
      let hold = try await MemberHold(inside)
      defer { extendLifetime(hold) }
      repeat {
        try await inside.advance()
        if let found = try await known(name, expansion: expansion, &dismissed) { return found }
      } while inside.outline.wanted != nil
    }
    if let damage = inside.damage { throw damage }
    return nil
  }

  /// The node, if an entry that is known shows it.
  ///
  /// - Parameter dismissed: places of entries that were looked into and do not show it.
  private func known(
    _ name: String, expansion: Expansion, _ dismissed: inout Set<Int>
  ) async throws(Failure) -> InnerNode? {
    var candidates: [(place: Int, view: EntryView)] = []
    for source in InnerNames.sources(of: name) {
      switch inside.outline.place(ofPath: path + [source.entry]) {
      case .directory where source.view == .asIs: return child(name, .directory)
      case .file(let place): candidates.append((place, source.view))
      case .directory, nil: break
      }
    }
    // As in a listing, the entry that comes first has the name.
    for (place, view) in candidates.sorted(by: { $0.place < $1.place }) where !dismissed.contains(place) {
      guard let entry = inside.outline.entry(at: place) else { continue }
      if try await inside.shows(entry, view, expansion: expansion) { return child(name, .view(entry, view)) }
      dismissed.insert(place)
    }
    return nil
  }
}

extension MemberInside {
  fileprivate func shows(
    _ entry: TarEntry, _ view: EntryView, expansion: Expansion
  ) async throws(Failure) -> Bool {
    switch view {
    case .asIs: return true
    case .unpacked: return entry.isPacked
    case .expanded, .partitions:
      if expansion == .full || hasPassed(entry) { _ = try await image(of: entry) }
      let shape = knownShape(of: entry)
      return view == .expanded ? shape?.expanded != nil : shape?.isPartitioned == true
    case .partition: return false
    }
  }
}

extension LogicalPartitions.Partition {
  /// `system.img`
  var fileName: String { name + ".img" }
}
