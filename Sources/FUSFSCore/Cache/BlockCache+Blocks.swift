package import Primitives

extension BlockCache {
  /// The binary that the server describes so. The same description always gives the same binary.
  package func binary(name: String, size: UInt64, crc32: UInt32?) -> BinaryID {
    let binary = BinaryID(name: name, size: size, crc32: crc32)
    guard binary.grid != nil, !name.utf8.contains(0) else { return binary.uncached }
    let other = read { (reader) throws(SQLiteError) in try reader.binary(binary.number) }
    if let other, other.binary != binary {
      log.write(.warning, "\(name) is not cached: its place in the cache is taken by \(other.binary.name).")
      return binary.uncached
    }
    return binary
  }

  /// A block as it was stored, its checksum checked; nil if it is not cached.
  ///
  /// May be called by any thread. It waits for the local disk alone.
  package func block(_ index: UInt32, of binary: BinaryID) -> ByteBlock? {
    guard let count = binary.grid?.length(of: index) else { return nil }
    let key = binary.blockKey(index)
    switch state.withLock({ $0.queue.pending(key) }) {
    case .store(let block, _): return block
    case .delete: return nil
    case nil: break
    }
    switch read({ (reader) throws(SQLiteError) in try reader.block(key, count: count) }) {
    case .success(let block):
      touch(GroupPosition(blockKey: key).key)
      changePresence(of: binary) { if !$0.contains(index) { $0.insert(index) } }
      return block
    case .failure:
      log.write(.warning, "Block \(index) of \(binary.name) in the cache is damaged; it is fetched again.")
      change(.delete, index: index, of: binary)
    case nil: break
    }
    changePresence(of: binary) { $0.remove(index) }
    return nil
  }

  /// Drops a block whose bytes turned out to be wrong, though they are those that were stored.
  package func remove(_ index: UInt32, of binary: BinaryID) {
    guard binary.grid != nil else { return }
    change(.delete, index: index, of: binary)
    changePresence(of: binary) { $0.remove(index) }
  }

  /// The runs of blocks in the range that are not cached, without reading any.
  package func missing(in range: Range<UInt32>, of binary: BinaryID) -> [Range<UInt32>] {
    guard let grid = binary.grid else { return range.isEmpty ? [] : [range] }
    let range = range.clamped(to: 0..<grid.count)
    if let known = presence.withLock({ $0[binary.number]?.missing(in: range) }) { return known }
    guard let loaded = loadPresence(of: binary, grid) else { return range.isEmpty ? [] : [range] }
    return loaded.missing(in: range)
  }

  /// Bytes of the binary that are cached.
  package func cachedBytes(of binary: BinaryID) -> UInt64 {
    guard let grid = binary.grid else { return 0 }
    if let known = presence.withLock({ $0[binary.number]?.bytes(in: grid) }) { return known }
    return loadPresence(of: binary, grid)?.bytes(in: grid) ?? 0
  }

  /// Keeps a block, whose checksum the caller has computed. The writer's thread does the rest; only the first block of
  /// a binary waits for the local disk, to learn which others are cached.
  ///
  /// A block that is not as long as the grid says, or for which far too many wait, is not kept.
  package func store(_ block: ByteBlock, crc32: UInt32, index: UInt32, of binary: BinaryID) {
    guard let grid = binary.grid, block.count == grid.length(of: index) else { return }
    if presence.withLock({ $0[binary.number] == nil }) { _ = loadPresence(of: binary, grid) }
    guard change(.store(block, crc32: crc32), index: index, of: binary) else { return }
    changePresence(of: binary) { $0.insert(index) }
  }

  /// Bytes of blocks that wait to be written.
  package var backlog: Int { state.withLock { $0.queue.backlog } }

  private func changePresence(of binary: BinaryID, _ body: (inout BlockSet) -> Void) {
    presence.withLock { sets in
      guard let slot = sets.index(forKey: binary.number) else { return }
      body(&sets.values[slot])
    }
  }

  /// What the file says is cached, added to what is known already; nil when the file cannot be read.
  private func loadPresence(of binary: BinaryID, _ grid: BlockGrid) -> BlockSet? {
    let keys = binary.groupKeys
    let groups = read { (reader) throws(SQLiteError) in try reader.groups(keys) }
    guard let groups else { return nil }
    var blocks = BlockSet(count: grid.count)
    for group in groups { blocks.insert(group: Int(group.key - keys.lowerBound), bits: group.present) }
    return presence.withLock { sets in
      if let earlier = sets[binary.number] { blocks.formUnion(earlier) }
      sets[binary.number] = blocks
      return blocks
    }
  }
}
