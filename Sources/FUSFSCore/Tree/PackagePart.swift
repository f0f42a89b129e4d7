import FirmwareFormats
package import Primitives

/// What of a package as served a file or directory of the tree is made of.
package struct PackagePart: Sendable {
  package let release: Release
  /// Bytes of the package as served.
  package let bytes: Range<UInt64>
  /// Of it too, before these: the header of the member that they are in, which whoever opens that reads.
  var header: Range<UInt64> = 0..<0

  package var size: UInt64 { bytes.upperBound - bytes.lowerBound + header.upperBound - header.lowerBound }

  /// How many of the bytes are cached, whoever fetched them: the cache's file is asked each time.
  package var cachedBytes: UInt64 {
    release.encrypted.committedBytes(in: header) + release.encrypted.committedBytes(in: bytes)
  }

  /// Fetches what is not cached, after all that readers want, and ends when it is on the disk.
  ///
  /// Progress is noted all the while: a fetch that gives way to readers, or waits for the cache's disk, stands still
  /// rightly, and one that the server leaves waiting is ended by the fetcher.
  package func fetch() async throws(Failure) {
    let cache = release.resources.cache
    guard size <= cache.limit else {
      throw Failure(
        .noSpace,
        "\(release.identity) has \(size) bytes to be fetched, and the cache may hold \(cache.limit).",
        cure: "Give it room with --cache-size.")
    }
    let failure = await withTaskGroup(of: Failure?.self) { group -> Failure? in
      group.addTask {
        await cache.lookAgain(at: release.binary)
        do throws(Failure) {
          try await release.encrypted.prefetch(header)
          try await release.encrypted.prefetch(bytes)
        } catch { return error }
        await cache.flush()
        return nil
      }
      group.addTask {
        while !Task.isCancelled {
          Progress.note()
          try? await Pause.sleep(for: Self.noteInterval)
        }
        return nil
      }
      // The second ends only when it is cancelled.
      var failure: Failure?
      for await ended in group {
        failure = failure ?? ended
        group.cancelAll()
      }
      return failure
    }
    if let failure { throw failure }
  }

  private static let noteInterval = Duration.milliseconds(500)
}

extension CachedBinary {
  fileprivate func committedBytes(in bytes: Range<UInt64>) -> UInt64 {
    let grid = target.grid
    let wanted = grid.blocks(covering: bytes)
    let missing = fetcher.cache.committedBlocks(of: target.id, grid)?.missing(in: wanted) ?? [wanted]
    let missingBytes = missing.reduce(UInt64(0)) { sum, blocks in
      let part = grid.bytes(ofBlocks: blocks).clamped(to: bytes)
      return sum + (part.upperBound - part.lowerBound)
    }
    return bytes.upperBound - bytes.lowerBound - missingBytes
  }

  fileprivate func prefetch(_ bytes: Range<UInt64>) async throws(Failure) {
    try await fetcher.prefetch(target.grid.blocks(covering: bytes), of: target)
  }
}
