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

  /// A block as it was stored, its checksums checked; nil if it is not cached.
  ///
  /// May be called by any thread. It waits for the local disk alone.
  package func block(_ index: UInt32, of binary: BinaryID) -> ByteBlock? {
    guard let count = binary.grid?.length(of: index) else { return nil }
    return bytes(0..<count, ofBlock: index, of: binary)?.block
  }

  /// Some bytes of a cached block, checked; nil if it is not cached. No more of it is read than the pieces that hold
  /// them.
  ///
  /// May be called by any thread. It waits for the local disk alone.
  func bytes(_ range: Range<Int>, ofBlock index: UInt32, of binary: BinaryID) -> BlockPart? {
    guard let count = binary.grid?.length(of: index) else { return nil }
    let key = binary.blockKey(index)
    switch state.withLock({ $0.queue.pending(key) }) {
    case .store(let block): return BlockPart(block: block, range: range)
    case .delete: return nil
    case nil: break
    }
    let pieces = PieceChecksums.pieces(covering: range, of: count)
    guard let found = storedBytes(pieces, ofBlock: key) else {
      changePresence(of: binary) { $0.remove(index) }
      return nil
    }
    switch found {
    case .success(let block):
      touch(GroupPosition(blockKey: key).key)
      changePresence(of: binary) { if !$0.contains(index) { $0.insert(index) } }
      let start = range.lowerBound - pieces.lowerBound
      return BlockPart(block: block, range: start..<start + range.count)
    case .failure:
      log.write(.warning, "Block \(index) of \(binary.name) in the cache is damaged; it is fetched again.")
      remove(index, of: binary)
      return nil
    }
  }

  /// Whole pieces of a block in the file; nil if it is not cached.
  ///
  /// Where a block stands is remembered. When its bytes are not what they should be, another process may have made room
  /// and put others there: they are damaged only if the database says twice that they should be right.
  private func storedBytes(_ pieces: Range<Int>, ofBlock key: Int64) -> Result<
    ByteBlock, CacheReader.Damaged
  >? {
    let group = GroupPosition(blockKey: key).key
    guard let file = blockFile() else { return nil }
    var tried = knownGroups.withLock { $0[group] }
    if let tried, let bytes = Self.read(pieces, ofBlock: key, in: tried, of: file) { return .success(bytes) }
    while true {
      let current = read { (reader) throws(SQLiteError) in try reader.group(group) }
      knownGroups.withLock { $0[group] = current }
      guard let current, current[key] != nil else { return nil }
      if let tried, current.agrees(with: tried, on: key) { return .failure(CacheReader.Damaged()) }
      if let bytes = Self.read(pieces, ofBlock: key, in: current, of: file) { return .success(bytes) }
      tried = current
    }
  }

  /// The pieces as they stand in the file; nil if they are not what they were.
  private static func read(
    _ pieces: Range<Int>, ofBlock key: Int64, in group: CachedGroup, of file: BlockFile
  ) -> ByteBlock? {
    guard let checksums = group[key] else { return nil }
    var block = unsafe UniqueByteBlock(uninitialized: pieces.count)
    let offset = BlockFile.offset(ofBlock: key, in: group.extent) + UInt64(pieces.lowerBound)
    let isRight = block.withMutableBytes { span in
      file.read(into: &span, at: offset) && checksums.agree(with: span.bytes, from: pieces.lowerBound)
    }
    return isRight ? block.frozen() : nil
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

  /// Keeps a block. The writer's thread does the rest; only the first block of a binary waits for the local disk, to
  /// learn which others are cached.
  ///
  /// A block that is not as long as the grid says, or for which far too many wait, is not kept.
  package func store(_ block: ByteBlock, index: UInt32, of binary: BinaryID) {
    guard let grid = binary.grid, block.count == grid.length(of: index) else { return }
    if presence.withLock({ $0[binary.number] == nil }) { _ = loadPresence(of: binary, grid) }
    guard change(.store(block), index: index, of: binary) else { return }
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
