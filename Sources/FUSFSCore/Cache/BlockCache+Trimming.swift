package import Primitives

extension BlockCache {
  /// Evicts what was used longest ago until all that the cache in this directory holds takes at most `limit` bytes, and
  /// gives the space back. Pinned blocks stay, and may take more than that.
  ///
  /// Other processes go on using the cache meanwhile: each group of blocks is evicted in a transaction of its own.
  /// Where there is no cache, nothing is done.
  ///
  /// - Parameter unpinning: pins are removed before.
  package static func trim(
    directory: String, to limit: UInt64, unpinning: Bool = false, log: Log
  ) throws(Failure) {
    let file: CacheFile
    do throws(Failure) {
      file = CacheFile(directory: try CacheDirectory(directory, create: false), log: log)
      guard try file.directory.checkFile() != nil else { return }
    } catch {
      guard error.code == .notFound else { throw error }
      return
    }
    let opened: CacheFile.Opened
    do throws(CacheFile.Problem) { opened = try file.open() } catch { throw error.failure }
    do throws(SQLiteError) {
      let writer = try CacheWriter(opened, turn: WriteTurn(path: file.directory.turn))
      if unpinning { try writer.unpinAll(CacheReader(file.reader())) }
      var evicted: [Int64] = []
      while try writer.tidy(limit: limit, evicted: &evicted) {}
      // Whoever reads the log just now keeps it from being cut: the next writer does it.
      try? writer.finish()
    } catch {
      throw error.failure
    }
  }
}

extension CacheWriter {
  fileprivate func unpinAll(_ reader: CacheReader) throws(SQLiteError) {
    var queue = WriteQueue()
    for (binary, isPinned) in try reader.binaries() where isPinned {
      queue.change(.pin(binary), to: .delete)
    }
    guard queue.hasChanges else { return }
    _ = try apply(queue.takeBatch(bytes: 0), limit: .max)
  }
}
