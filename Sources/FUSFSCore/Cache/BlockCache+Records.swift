import Primitives

/// What a reply of the server answers.
package enum ReplyKind: Int64, Sendable, CaseIterable {
  /// The versions of a model and region.
  case history = 1
  /// The description of one version.
  case inform = 2
}

/// A reply of the server as it came.
package struct StoredReply: Sendable, Equatable {
  package let bytes: [UInt8]
  /// When it came, in seconds since 1970, UTC.
  package let at: Int64
}

// Replies, facts and pins: small rows that are kept until they are removed.
extension BlockCache {
  /// Bytes.
  private static let longestFact = 4 << 20

  /// The reply stored under this key; nil if there is none.
  package func reply(_ kind: ReplyKind, key: String) -> StoredReply? {
    switch pending(.reply(kind, key: key)) {
    case .store(let bytes, let at): return StoredReply(bytes: bytes, at: at)
    case .delete: return nil
    case nil: break
    }
    switch read({ (reader) throws(SQLiteError) in try reader.reply(kind, key: key) }) {
    case .success(let reply): return reply
    case .failure:
      log.write(.warning, "A reply in the cache is damaged; it is asked for again.")
      removeReply(kind, key: key)
      return nil
    case nil: return nil
    }
  }

  /// Keeps a reply instead of an earlier one with this key.
  package func storeReply(_ kind: ReplyKind, key: String, _ reply: StoredReply) {
    change(.reply(kind, key: key), to: .store(reply.bytes, at: reply.at))
  }

  func removeReply(_ kind: ReplyKind, key: String) {
    change(.reply(kind, key: key), to: .delete)
  }

  /// The keys of all replies of this kind, sorted.
  package func replies(_ kind: ReplyKind) -> [String] {
    // The queue first: what is committed in between is then found twice, not missed.
    let pending = state.withLock { $0.queue.pendingRecords }
    var keys = Set(read { (reader) throws(SQLiteError) in try reader.replyKeys(kind) } ?? [])
    for case (.reply(kind, let key), let change) in pending {
      if case .store = change { keys.insert(key) } else { keys.remove(key) }
    }
    return keys.sorted()
  }

  /// Something learnt about a binary, as it was stored; nil if there is nothing under this name.
  package func fact(_ name: String, of binary: BinaryID) -> [UInt8]? {
    guard binary.grid != nil else { return nil }
    switch pending(.fact(binary, name: name)) {
    case .store(let bytes, _): return bytes
    case .delete: return nil
    case nil: break
    }
    switch read({ (reader) throws(SQLiteError) in try reader.fact(name, of: binary) }) {
    case .success(let bytes): return bytes
    case .failure:
      log.write(.warning, "What the cache knows of \(binary.name) is damaged; it is found out again.")
      setFact(name, of: binary, to: nil)
      return nil
    case nil: return nil
    }
  }

  /// Keeps a fact of at most 4 MiB, or removes it.
  ///
  /// A fact is held in memory until it is written, and as a whole when it is read.
  package func setFact(_ name: String, of binary: BinaryID, to bytes: [UInt8]?) {
    guard binary.grid != nil, (bytes?.count ?? 0) <= Self.longestFact else { return }
    change(.fact(binary, name: name), to: bytes.map { .store($0, at: 0) } ?? .delete)
  }

  /// Keeps all blocks of the binary that are and will be cached.
  package func pin(_ binary: BinaryID) {
    guard binary.grid != nil else { return }
    change(.pin(binary), to: .store([], at: 0))
  }

  /// Lets the blocks of the binary be evicted again.
  package func unpin(_ binary: BinaryID) {
    guard binary.grid != nil else { return }
    change(.pin(binary), to: .delete)
  }

  package func isPinned(_ binary: BinaryID) -> Bool {
    switch pending(.pin(binary)) {
    case .store: return true
    case .delete: return false
    case nil: break
    }
    let row = read { (reader) throws(SQLiteError) in try reader.binary(binary.number) }
    guard let row, row.binary == binary else { return false }
    return row.isPinned
  }

  /// All binaries that are pinned, by name.
  package var pinned: [BinaryID] {
    var binaries = Set(storedBinaries.filter(\.isPinned).map(\.binary))
    for case (.pin(let binary), let change) in state.withLock({ $0.queue.pendingRecords }) {
      if case .store = change { binaries.insert(binary) } else { binaries.remove(binary) }
    }
    return binaries.sorted { ($0.name, $0.number) < ($1.name, $1.number) }
  }

  var storedBinaries: [(binary: BinaryID, isPinned: Bool)] {
    read { (reader) throws(SQLiteError) in try reader.binaries() } ?? []
  }

  private func pending(_ record: WriteQueue.Record) -> WriteQueue.RecordChange? {
    state.withLock { $0.queue.pending(record) }
  }
}
