package import Primitives

/// The cache of what the server sent: blocks of ciphertext with their checksums, its replies, and what was learnt about
/// each binary, checkpoints of its streams among it, in a SQLite file and one with the blocks' bytes, which several
/// processes share.
///
/// ```
///   block(_:of:)    ──▸ WriteQueue (not committed yet) ──▸ ReadPool ──▸ ┐
///   store(_:…)      ──▸ WriteQueue ──▸ writer thread: CacheWriter ────▸ ┤ blocks.sqlite, blocks.data
/// ```
/// Reading and storing never fail: what cannot be read is not cached, what cannot be stored is given up, and the log
/// says why. A damaged file is made anew. When the disk is full or broken, nothing is stored for a while.
///
/// The writer's thread keeps the cache alive until `close()`.
package final class BlockCache: Sendable {
  package enum Access: Sendable {
    case readWrite
    /// Nothing is ever changed, not even the order of use.
    case readOnly
  }

  let file: CacheFile
  let pool: ReadPool
  let limit: UInt64
  let backlogLimit: Int
  let retryAfter: Duration
  let log: Log
  let state: Locked<WriterState>
  let presence = Locked(KnownBlocks())
  let knownGroups: Locked<KnownGroups>
  /// Checkpoints that cannot be written, of all streams together.
  let checkpointMemory = Locked(CheckpointMemory(limit: 4 << 20))
  /// Those in use, so that all who read a stream see the same.
  let streams = Locked<[StreamID: WeakStream]>([:])
  /// Called on the writer's thread after another file may have come in place of the one that was used.
  package let whenAnotherFile = Locked<(@Sendable () -> Void)?>(nil)
  let wakeup = Wakeup()
  let ended = Wakeup()

  /// Opens the cache in a directory, which is made when it is missing.
  ///
  /// `limit` is in bytes and bounds the blocks and the rows; the files may be larger by what one batch takes, and where
  /// the file system cannot leave holes. `backlogLimit` is the bytes that may wait for the writer, see `waitForRoom()`,
  /// and `placesMemory` what may be taken by knowing where blocks stand. `retryAfter` is how long nothing is stored
  /// after the disk has failed.
  ///
  /// Throws when others own or can write the directory or file, or when it is another program's, or was written by a newer version;
  /// with `.readOnly` also when there is no cache.
  package static func open(
    directory: String, limit: UInt64, access: Access = .readWrite, backlogLimit: Int = 32 << 20,
    placesMemory: Int = 16 << 20, retryAfter: Duration = .seconds(10), log: Log
  ) throws(Failure) -> BlockCache {
    let file = CacheFile(
      directory: try CacheDirectory(directory, create: access == .readWrite), log: log)
    switch access {
    case .readOnly:
      try file.checkReadable()
      return BlockCache(
        file, limit: limit, backlogLimit: backlogLimit, placesMemory: placesMemory, retryAfter: retryAfter,
        status: .off)
    case .readWrite:
      var opened: CacheFile.Opened?
      var problem: Failure?
      do throws(CacheFile.Problem) {
        opened = try file.open()
      } catch {
        guard case .unavailable(let failure) = error else { throw error.failure }
        problem = failure
      }
      let cache = BlockCache(
        file, limit: limit, backlogLimit: backlogLimit, placesMemory: placesMemory, retryAfter: retryAfter,
        status: .on)
      if let problem { cache.suspend(because: problem) }
      try cache.startWriter(with: opened)
      return cache
    }
  }

  private init(
    _ file: CacheFile, limit: UInt64, backlogLimit: Int, placesMemory: Int, retryAfter: Duration,
    status: WriterState.Status
  ) {
    self.file = file
    self.limit = limit
    self.backlogLimit = max(backlogLimit, BlockGrid.blockSize)
    knownGroups = Locked(KnownGroups(memory: placesMemory))
    self.retryAfter = retryAfter
    log = file.log
    pool = ReadPool(file)
    state = Locked(WriterState(status: status))
  }

  /// Writes what waits, for at most 5 seconds, and closes the file. Nothing is cached from then on.
  package func close() {
    let hasWriter = state.withLock { state in
      defer { state.isClosing = true }
      return state.hasWriter && !state.isClosing
    }
    if hasWriter {
      wakeup.signal()
      ended.wait(milliseconds: 7000)
    }
    pool.close()
  }

  /// What the body reads from the file; nil, and a line in the log, when it cannot be read. A file that is just being
  /// made has nothing.
  func read<Result>(_ body: (CacheReader) throws(SQLiteError) -> Result?) -> Result? {
    let generation = pool.generation
    do throws(SQLiteError) {
      return try pool.read(body)
    } catch {
      if error.isDamage {
        damageFound(error, generation: generation)
      } else if error != .notMade {
        readFailed(error)
      }
      return nil
    }
  }

  /// The file of blocks; nil, and a line in the log, when it cannot be opened.
  func blockFile() -> BlockFile? {
    do throws(SQLiteError) {
      return try pool.blocks()
    } catch {
      readFailed(error)
      return nil
    }
  }

  private func damageFound(_ error: SQLiteError, generation: Int) {
    let (isNew, hasWriter) = state.withLock { state in
      guard state.damagedGeneration < generation else { return (false, false) }
      state.damagedGeneration = generation
      return (true, state.hasWriter)
    }
    guard isNew else { return }
    // A disk that fails may look so: the writer finds out, and tells.
    guard !hasWriter else { return wakeup.signal() }
    log.write(.warning, "The cache file \(file.directory.file) is damaged: \(error.message).")
  }

  func readFailed(_ error: SQLiteError) {
    // Of files that are gone the writer tells, who makes them anew.
    guard let found = try? file.directory.checkFile(), found.blocks != nil else { return }
    guard state.withLock({ $0.noteTrouble(.failing) }) else { return }
    let failure = error.failure
    log.write(.warning, "Reading from the cache failed: \(failure) [\(failure.site)]")
  }
}
