import Primitives

// Blocks: their rows, their bytes, and room for them.
extension CacheWriter {
  /// No order of use will ever come that far: a place beyond is damaged.
  private static let absurdPlace: Int64 = 1 << 62
  /// What the rows of a batch may add to the database, about.
  static let rowBytes = 64 << 10

  /// Evicts the groups that were not used for longest, each in a transaction of its own, until `bytes` more fit.
  ///
  /// What counts is the blocks and the pages of the database in use: free pages and extents are used before either file
  /// grows.
  func makeRoom(for bytes: Int, limit: UInt64, evicted: inout [Int64]) throws(SQLiteError) -> Bool {
    let needed = bytes == 0 ? 0 : UInt64(bytes + Self.rowBytes)
    var used = try usedBytes()
    while used + needed > limit {
      let group = try transaction { () throws(SQLiteError) in try evictOldestGroup() }
      guard let group else { return false }
      evicted.append(group.key)
      used -= min(used, group.bytes)
    }
    return true
  }

  private func usedBytes() throws(SQLiteError) -> UInt64 {
    let pages = try connection.integer("PRAGMA page_count") ?? 0
    let free = try connection.integer("PRAGMA freelist_count") ?? 0
    guard (0...pages).contains(free) else { throw .damaged("\(free) of \(pages) pages are free") }
    let blocks = try statements.presentBlocks.rows { $0.integer(0).nonzeroBitCount }.reduce(0, +)
    return UInt64(pages - free) * UInt64(Schema.pageSize) + UInt64(blocks * BlockGrid.blockSize)
  }

  /// The space goes back before the commit, so that none is lost if that never comes: the blocks are then found damaged.
  private func evictOldestGroup() throws(SQLiteError) -> (key: Int64, bytes: UInt64)? {
    let oldest = try statements.oldestGroup.first { ($0.integer(0), $0.integer(1), $0.integer(2)) }
    guard let (group, extent, present) = oldest else { return nil }
    let first = group << Int64(BinaryID.groupBits)
    try statements.evictBlocks.bind(first, at: 1)
    try statements.evictBlocks.bind(first + Int64(GroupPosition.count - 1), at: 2)
    try statements.evictBlocks.run()
    try statements.evictGroup.bind(group, at: 1)
    try statements.evictGroup.run()
    if let extent = BlockFile.extent(extent) { blocks.release(extent: extent) }
    return (group, UInt64(present.nonzeroBitCount * BlockGrid.blockSize))
  }

  /// Writes the blocks and notes the groups that were read; gives the binaries whose number another one has.
  func write(_ batch: WriteQueue.Batch, storing: Bool) throws(SQLiteError) -> Set<BinaryID> {
    var accessed = try nextPlace()
    for group in batch.touched {
      try statements.touchGroup.bind(group, at: 1)
      try statements.touchGroup.bind(accessed, at: 2)
      try statements.touchGroup.run()
      accessed += 1
    }
    var rejected: Set<BinaryID> = []
    var added: [Int64: Group] = [:]
    for (key, block) in batch.blocks.sorted(by: { $0.key < $1.key }) {
      let position = GroupPosition(blockKey: key)
      switch block.change {
      case .store(let bytes, let checksums):
        guard storing else {
          if block.isAfterDelete { try delete(key) }
          continue
        }
        guard try hasRow(block.binary) else {
          rejected.insert(block.binary)
          continue
        }
        var group: Group
        if let known = added[position.key] {
          group = known
        } else {
          group = Group(extent: try extent(of: position.key, place: accessed))
        }
        try store(bytes, checksums, key, in: group.extent)
        group.added |= position.bit
        added[position.key] = group
      case .delete:
        try delete(key)
      }
    }
    for (key, group) in added.sorted(by: { $0.key < $1.key }) {
      try statements.addToGroup.bind(key, at: 1)
      try statements.addToGroup.bind(Int64(bitPattern: group.added), at: 2)
      try statements.addToGroup.bind(accessed, at: 3)
      try statements.addToGroup.run()
      accessed += 1
    }
    return rejected
  }

  /// Removes a block's row and its bytes, which another process may have a way to without the row.
  private func delete(_ key: Int64) throws(SQLiteError) {
    let position = GroupPosition(blockKey: key)
    if let extent = try knownExtent(of: position.key) { try blocks.spoil(block: key, in: extent) }
    try statements.deleteBlock.bind(key, at: 1)
    try statements.deleteBlock.run()
    try statements.takeFromGroup.bind(position.key, at: 1)
    try statements.takeFromGroup.bind(Int64(bitPattern: position.bit), at: 2)
    try statements.takeFromGroup.run()
  }

  /// A group that gets blocks.
  private struct Group {
    let extent: UInt64
    var added: UInt64 = 0
  }

  private func store(
    _ bytes: ByteBlock, _ checksums: PieceChecksums, _ key: Int64, in extent: UInt64
  ) throws(SQLiteError) {
    try bytes.withBytes { (span) throws(SQLiteError) in
      try blocks.write(span, at: BlockFile.offset(ofBlock: key, in: extent))
    }
    try statements.storeBlock.bind(key, at: 1)
    try statements.storeBlock.bind(checksums.stored, at: 2)
    try statements.storeBlock.run()
  }

  /// Where the group's blocks stand: where they have stood, or in the first extent that is free, which is emptied.
  private func extent(of group: Int64, place: Int64) throws(SQLiteError) -> UInt64 {
    if let known = try knownExtent(of: group) { return known }
    let free = try Self.checked(statements.freeExtent.first { $0.integer(0) } ?? 0)
    try statements.storeGroup.bind(group, at: 1)
    try statements.storeGroup.bind(Int64(free), at: 2)
    try statements.storeGroup.bind(place, at: 3)
    try statements.storeGroup.run()
    blocks.release(extent: free)
    return free
  }

  private func knownExtent(of group: Int64) throws(SQLiteError) -> UInt64? {
    try statements.extentOfGroup.bind(group, at: 1)
    guard let extent = try statements.extentOfGroup.first({ $0.integer(0) }) else { return nil }
    return try Self.checked(extent)
  }

  private static func checked(_ extent: Int64) throws(SQLiteError) -> UInt64 {
    guard let valid = BlockFile.extent(extent) else { throw .damaged("a group's extent is \(extent)") }
    return valid
  }

  /// The place in the order of use behind all others.
  private func nextPlace() throws(SQLiteError) -> Int64 {
    let last = try connection.integer("SELECT max(accessed) FROM block_group") ?? 0
    guard last < Self.absurdPlace else { throw .damaged("a group's place in the order of use is \(last)") }
    return last + 1
  }
}
