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
  func bytes(
    _ range: Range<Int>, ofBlock index: UInt32, of binary: BinaryID,
    admitting admission: Admission = { _ in true }
  ) -> BlockPart? {
    guard let count = binary.grid?.length(of: index) else { return nil }
    let key = binary.blockKey(index)
    switch state.withLock({ $0.queue.pending(key) }) {
    case .store(let block, _): return BlockPart(block: block, range: range)
    case .delete: return nil
    case nil: break
    }
    let pieces = PieceChecksums.pieces(covering: range, of: count)
    var block = unsafe UniqueByteBlock(uninitialized: pieces.count)
    let isFound = find(index, of: binary, admission) { (group, file) throws(SQLiteError) in
      try block.withMutableBytes { (span) throws(SQLiteError) in
        try Self.fill(&span, with: pieces, ofBlock: key, of: group, from: file)
      }
    }
    guard isFound else { return nil }
    let start = range.lowerBound - pieces.lowerBound
    return BlockPart(block: block.frozen(), range: start..<start + range.count)
  }

  /// Whether a block with these checksums is to be given.
  typealias Admission = (PieceChecksums) -> Bool

  /// The same, into memory of the caller's; false if it is not cached, and the destination may hold anything.
  func copy(
    _ range: Range<Int>, ofBlock index: UInt32, of binary: BinaryID, into destination: inout MutableRawSpan,
    admitting admission: Admission = { _ in true }
  ) -> Bool {
    guard let count = binary.grid?.length(of: index) else { return false }
    let key = binary.blockKey(index)
    guard PieceChecksums.pieces(covering: range, of: count) == range,
      state.withLock({ $0.queue.pending(key) }) == nil
    else {
      guard let part = bytes(range, ofBlock: index, of: binary, admitting: admission) else { return false }
      part.block.withBytes { destination.copyBytes(from: $0.extracting(part.range)) }
      return true
    }
    return find(index, of: binary, admission) { (group, file) throws(SQLiteError) in
      try Self.fill(&destination, with: range, ofBlock: key, of: group, from: file)
    }
  }

  /// Looks for a block in the file: `read` is told where it should stand, and says whether its bytes are right there.
  ///
  /// Where a block stands is remembered. When its bytes are not what they should be, another process may have made room
  /// and put others there: they are damaged only if the database says twice that they should be right.
  private func find(
    _ index: UInt32, of binary: BinaryID, _ admission: Admission,
    _ read: (CachedGroup, BlockFile) throws(SQLiteError) -> Bool
  ) -> Bool {
    let key = binary.blockKey(index)
    let group = GroupPosition(blockKey: key).key
    var isFound = false
    var found: CachedGroup?
    do throws(SQLiteError) {
      if let known = knownGroups.withLock({ $0[group] }), let file = blockFile() {
        isFound = try read(known, file)
        found = known
      }
      var tried: CachedGroup?
      // Whoever changes it each time it is looked at has it evicted and fetched again: it is as good as missing.
      for _ in 0..<3 where !isFound {
        guard let file = blockFile(), let current = loadGroup(group), current[key] != nil else { break }
        if let tried, current.agrees(with: tried, on: key) {
          log.write(
            .warning, "Block \(index) of \(binary.name) in the cache is damaged; it is fetched again.")
          remove(index, of: binary)
          return false
        }
        isFound = try read(current, file)
        (tried, found) = (current, current)
      }
    } catch {
      // What the disk does not give now may be right once it has mended.
      readFailed(error)
    }
    if isFound, let checksums = found?[key], !admission(checksums) { return false }
    if isFound { touch(group) }
    // Another process may have stored or evicted it.
    presence.withLock { isFound ? $0.insert(index, of: binary) : $0.remove(index, of: binary) }
    return isFound
  }

  private func loadGroup(_ key: Int64) -> CachedGroup? {
    let group = read { (reader) throws(SQLiteError) in try reader.group(key) }
    knownGroups.withLock { $0[key] = group }
    return group
  }

  /// Fills the span with whole pieces of a block; false if they are not what they were. Throws when the disk does not say.
  static func fill(
    _ span: inout MutableRawSpan, with pieces: Range<Int>, ofBlock key: Int64, of group: CachedGroup,
    from file: BlockFile
  ) throws(SQLiteError) -> Bool {
    guard let checksums = group[key] else { return false }
    let offset = BlockFile.offset(ofBlock: key, in: group.extent) + UInt64(pieces.lowerBound)
    guard try file.read(into: &span, at: offset) else { return false }
    return checksums.agree(with: span.bytes, from: pieces.lowerBound)
  }

  /// Drops a block whose bytes turned out to be wrong, though they are those that were stored.
  package func remove(_ index: UInt32, of binary: BinaryID) {
    guard binary.grid != nil else { return }
    change(.delete, index: index, of: binary)
    presence.withLock { $0.remove(index, of: binary) }
  }

  /// The same of several, without asking the writer to drop what is not there. It waits for the local disk alone.
  func remove(_ blocks: Range<UInt32>, of binary: BinaryID) {
    guard let grid = binary.grid else { return }
    // The file is asked anew: another process may have stored some since it was asked.
    let cached = loadPresence(of: binary, grid)
    for index in blocks where cached?.contains(index) ?? true { remove(index, of: binary) }
  }

  /// The runs of blocks in the range that are not cached, without reading any.
  package func missing(in range: Range<UInt32>, of binary: BinaryID) -> [Range<UInt32>] {
    guard let grid = binary.grid else { return range.isEmpty ? [] : [range] }
    let range = range.clamped(to: 0..<grid.count)
    if let known = presence.withLock({ $0[binary]?.missing(in: range) }) { return known }
    guard let loaded = loadPresence(of: binary, grid) else { return range.isEmpty ? [] : [range] }
    return loaded.missing(in: range)
  }

  /// Whether the block is cached as far as this process knows, without looking into the file.
  func isSaidToHave(_ index: UInt32, of binary: BinaryID) -> Bool {
    guard let grid = binary.grid else { return false }
    if let known = presence.withLock({ $0[binary]?.contains(index) }) { return known }
    return loadPresence(of: binary, grid)?.contains(index) ?? false
  }

  /// Bytes of the binary that are cached. It asks the file, which another process may have changed: for a person who asks,
  /// not for every read.
  package func cachedBytes(of binary: BinaryID) -> UInt64 {
    guard let grid = binary.grid else { return 0 }
    let blocks = currentBlocks(of: binary, grid) ?? presence.withLock { $0[binary] }
    return blocks?.bytes(in: grid) ?? 0
  }

  /// Keeps a block. The writer's thread does the rest: it may be called by a thread that must not wait for a disk.
  ///
  /// A block that is not as long as the grid says, or for which far too many wait, is not kept: then it is false.
  ///
  /// - Parameter checksums: those of the block, where they are known.
  @discardableResult
  func store(
    _ block: ByteBlock, _ checksums: PieceChecksums? = nil, index: UInt32, of binary: BinaryID
  ) -> Bool {
    guard block.count == binary.grid?.length(of: index) else { return false }
    let checksums = checksums ?? block.withBytes { PieceChecksums(of: $0) }
    guard change(.store(block, checksums), index: index, of: binary) else { return false }
    presence.withLock { $0.insert(index, of: binary) }
    return true
  }

  /// Bytes of blocks that wait to be written.
  package var backlog: Int { state.withLock { $0.queue.backlog } }

  /// What the file says is cached, with what waits to be written, added to what is known already; nil when the file
  /// cannot be read.
  private func loadPresence(of binary: BinaryID, _ grid: BlockGrid) -> BlockSet? {
    currentBlocks(of: binary, grid).map { blocks in presence.withLock { $0.add(blocks, of: binary) } }
  }

  /// What the file says is cached, with what waits to be written; nil when the file cannot be read.
  private func currentBlocks(of binary: BinaryID, _ grid: BlockGrid) -> BlockSet? {
    let waiting = state.withLock { $0.queue.blocks(of: binary) }
    guard var blocks = committedBlocks(of: binary, grid) else { return nil }
    for block in waiting {
      switch block.change {
      case .store: blocks.insert(block.index)
      case .delete: blocks.remove(block.index)
      }
    }
    return blocks
  }
}
