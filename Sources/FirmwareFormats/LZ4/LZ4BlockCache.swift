import Primitives

/// Decoded blocks of all open LZ4 files together, the least recently used out first.
///
/// Also the bound of what is decoded at a time: a block may have 8 MiB, and as many packed ones beside it. The packed
/// bytes of a file must not themselves be read through the same cache, else its turns could wait for each other.
package final class LZ4BlockCache: Sendable {
  /// A block of a file.
  fileprivate struct Key: Hashable, Sendable {
    let file: UInt64
    let block: Int
  }

  fileprivate struct Entry: Sendable {
    let bytes: ByteBlock
    var lastUse: UInt64
  }

  fileprivate struct State: Sendable {
    var entries: [Key: Entry] = [:]
    /// Every use in its order; one that is not its entry's last says nothing.
    var uses: [(key: Key, use: UInt64)] = []
    /// How many of these are done with.
    var passed = 0
    var memory = 0
    var lastUse: UInt64 = 0
    var lastFile: UInt64 = 0
    var workspaces: [[UInt8]] = []
  }

  /// Blocks decoded at a time.
  private static let turns = 4
  /// What an entry takes besides its bytes.
  fileprivate static let overhead = 256

  /// Bytes that may be kept.
  let memory: Int
  /// On which packed bytes are read and blocks decoded; the cooperative pool if nil.
  let executor: (any TaskExecutor)?
  private let state = Locked(State())
  private let turns = AsyncSemaphore(permits: LZ4BlockCache.turns)

  /// - Parameters:
  ///   - memory: bytes that may be kept, besides those that are in use.
  ///   - executor: on which packed bytes are read and blocks decoded; the cooperative pool if nil.
  package init(memory: Int, executor: (any TaskExecutor)? = nil) {
    self.memory = memory
    self.executor = executor
  }

  /// Bytes that are kept now.
  package var memoryInUse: Int { state.withLock { $0.memory } }

  /// Gives up what is kept.
  package func releaseMemory() {
    state.withLock { state in
      state.entries = [:]
      (state.uses, state.passed, state.memory, state.workspaces) = ([], 0, 0, [])
    }
  }

  /// A number by which a file's blocks are known here.
  func newFile() -> UInt64 {
    state.withLock { state in
      state.lastFile += 1
      return state.lastFile
    }
  }

  /// The block if it is kept; this counts as a use.
  func block(_ block: Int, of file: UInt64) -> ByteBlock? {
    state.withLock { $0.use(Key(file: file, block: block)) }
  }

  func keep(_ bytes: ByteBlock, as block: Int, of file: UInt64) {
    let cost = bytes.count + Self.overhead
    guard cost <= memory else { return }
    state.withLock { state in
      let key = Key(file: file, block: block)
      state.remove(key)
      while state.memory > memory - cost, let oldest = state.oldest() { state.remove(oldest) }
      state.entries[key] = Entry(bytes: bytes, lastUse: 0)
      state.memory += cost
      _ = state.use(key)
    }
  }

  func remove(_ block: Int, of file: UInt64) {
    state.withLock { $0.remove(Key(file: file, block: block)) }
  }

  /// Gives up the blocks of a file that is closed.
  func removeAll(of file: UInt64) {
    state.withLock { state in
      for key in state.entries.keys where key.file == file { state.remove(key) }
    }
  }

  /// The last of these blocks, or the one after them, before which the plain bytes that it may refer to are kept; and
  /// these bytes.
  func history(in blocks: Range<Int>, of file: UInt64) -> (block: Int, history: LZ4History)? {
    state.withLock { state in
      var run: [ByteBlock] = []
      var count = 0
      // More than this decodes faster than it is looked for.
      for block in blocks.reversed().prefix(4096) {
        guard let bytes = state.entries[Key(file: file, block: block)]?.bytes else {
          (run, count) = ([], 0)
          continue
        }
        run.append(bytes)
        count += bytes.count
        guard count >= LZ4Block.windowSize || block == blocks.lowerBound else { continue }
        let history = LZ4History(joining: run.reversed())
        return (block + run.count, history)
      }
      return nil
    }
  }

  /// The body's result, once fewer than so many others are being decoded; it gets memory to read packed bytes into.
  func withTurn<Result>(
    _ body: (inout [UInt8]) async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await turns.wait()
    defer { turns.signal() }
    var workspace = state.withLock { $0.workspaces.popLast() ?? [] }
    defer { state.withLock { $0.workspaces.append(workspace) } }
    return try await body(&workspace)
  }
}

extension LZ4BlockCache.State {
  fileprivate mutating func use(_ key: LZ4BlockCache.Key) -> ByteBlock? {
    lastUse += 1
    guard let bytes = entries[key]?.bytes else { return nil }
    entries[key]?.lastUse = lastUse
    uses.append((key, lastUse))
    if uses.count > 2 * entries.count + 1024 { tidy() }
    return bytes
  }

  fileprivate mutating func remove(_ key: LZ4BlockCache.Key) {
    guard let entry = entries.removeValue(forKey: key) else { return }
    memory -= entry.bytes.count + LZ4BlockCache.overhead
  }

  fileprivate mutating func oldest() -> LZ4BlockCache.Key? {
    while passed < uses.count {
      let (key, use) = uses[passed]
      passed += 1
      if entries[key]?.lastUse == use { return key }
    }
    return nil
  }

  /// Leaves only the uses that say something.
  private mutating func tidy() {
    uses = uses[passed...].filter { entries[$0.key]?.lastUse == $0.use }
    passed = 0
  }
}
