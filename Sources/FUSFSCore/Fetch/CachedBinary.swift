import FirmwareFormats
package import Primitives

/// A binary as the server has it, read through memory, the cache and the network.
package final class CachedBinary: HorizonReadable {
  /// Blocks that a read holds at a time.
  private static let heldBlocks = 4

  package let size: UInt64
  let target: FetchTarget
  let fetcher: Fetcher
  private let streams: Locked<ReadAheadStreams>

  package init(_ target: FetchTarget, fetcher: Fetcher) {
    self.target = target
    self.fetcher = fetcher
    size = target.grid.size
    streams = Locked(
      ReadAheadStreams(
        blockCount: target.grid.count, maximumWindow: fetcher.reach.window, pieces: fetcher.pieces))
  }

  /// Forgets the blocks that hold these bytes, which turned out to be damaged. Where the mount is offline they stay,
  /// since nothing better can be had.
  func forget(_ bytes: Range<UInt64>) {
    guard target.source != nil else { return }
    fetcher.forget(target.grid.blocks(covering: bytes), of: target)
  }

  package func read(
    into destination: inout MutableRawSpan, at offset: UInt64, horizon: UInt64?
  ) async throws(Failure) {
    try checkRange(at: offset, count: destination.byteCount)
    let end = offset + UInt64(destination.byteCount)
    guard offset < end else { return }
    let blocks = target.grid.blocks(covering: offset..<end)
    let limit = horizon.map { target.grid.blocks(covering: 0..<max(end, min($0, size))).upperBound }
    let reach = fetcher.reach
    let advice = streams.withLock { streams in
      (streams.maximumWindow, streams.largestPiece) = reach
      return streams.advice(afterReading: blocks, upTo: limit)
    }
    fetcher.demand(blocks, of: target)
    if let advice { fetcher.fetchAhead(advice, of: target) }
    // The destination is touched as late as can be: a read that waits shares what it has with the recent blocks.
    var parts: [BlockPart] = []
    var position = 0
    for index in blocks {
      let bytes = target.grid.bytes(ofBlock: index)
      let wanted = bytes.clamped(to: offset..<end)
      let start = Int(wanted.lowerBound - bytes.lowerBound)
      parts.append(try await fetcher.bytes(start..<start + wanted.count, ofBlock: index, of: target))
      Progress.note()
      guard parts.count == Self.heldBlocks || index + 1 == blocks.upperBound else { continue }
      for part in parts {
        part.block.withBytes { destination.copyBytes(from: $0.extracting(part.range), at: position) }
        position += part.range.count
      }
      parts.removeAll(keepingCapacity: true)
    }
  }
}
