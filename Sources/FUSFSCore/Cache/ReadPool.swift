import Primitives

/// Connections to read with, one for each thread that reads at the moment, and the file of blocks, which all share.
final class ReadPool: Sendable {
  /// As many may read at once; more wait for one of them. Each holds up to 0.5 MiB of pages and two files.
  static let limit = 16

  private struct State {
    var idle: [CacheReader] = []
    var blocks: BlockFile?
    /// Connections of an earlier generation are of a file that has been replaced.
    var generation = 0
    var isClosed = false
  }

  private let file: CacheFile
  private let state = Locked(State())
  private let places = Semaphore()

  init(_ file: CacheFile) {
    self.file = file
    for _ in 0..<Self.limit { places.signal() }
  }

  /// Counts the files that were read so far.
  var generation: Int { state.withLock { $0.generation } }

  /// What the body reads; nil when the pool is closed.
  func read<Result>(_ body: (CacheReader) throws(SQLiteError) -> Result?) throws(SQLiteError) -> Result? {
    places.wait()
    defer { places.signal() }
    let (idle, generation, isClosed) = state.withLock { ($0.idle.popLast(), $0.generation, $0.isClosed) }
    guard !isClosed else { return nil }
    let reader: CacheReader
    if let idle { reader = idle } else { reader = try CacheReader(file.reader()) }
    // One that has failed is not used again.
    let result = try body(reader)
    state.withLock { state in
      if state.generation == generation && !state.isClosed { state.idle.append(reader) }
    }
    return result
  }

  /// The file of blocks; nil when the pool is closed.
  func blocks() throws(SQLiteError) -> BlockFile? {
    let (known, generation, isClosed) = state.withLock { ($0.blocks, $0.generation, $0.isClosed) }
    if let known { return known }
    guard !isClosed else { return nil }
    let opened = try file.blocks()
    state.withLock { if $0.generation == generation && !$0.isClosed { $0.blocks = opened } }
    return opened
  }

  /// Forgets all that is open, because the files have been replaced.
  func reset() {
    let old = state.withLock { state in
      state.generation += 1
      state.blocks = nil
      defer { state.idle = [] }
      return state.idle
    }
    _ = old
  }

  /// Closes all as soon as it is not in use.
  func close() {
    state.withLock { $0.isClosed = true }
    reset()
  }
}
