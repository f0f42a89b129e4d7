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
    streams = Locked(ReadAheadStreams(blockCount: target.grid.count))
  }

  /// How often what is given of it may have come not to fit to what was given before.
  var changes: Int { target.seen.withLock { $0.changes } }

  /// Forgets the blocks that hold these bytes, which turned out to be damaged. Where the mount is offline they stay,
  /// since nothing better can be had.
  func forget(_ bytes: Range<UInt64>) {
    guard target.source != nil else { return }
    fetcher.forget(target.grid.blocks(covering: bytes), of: target)
  }

  package func readAtOnce(
    into destination: inout MutableRawSpan, at offset: UInt64, horizon: UInt64?
  ) throws(Failure) -> Bool {
    try checkRange(at: offset, count: destination.byteCount)
    let end = offset + UInt64(destination.byteCount)
    let blocks = target.grid.blocks(covering: offset..<end)
    guard !blocks.isEmpty else { return true }
    // Whoever asks again once the last of them has come would have the first ones copied and checked again.
    if blocks.count > 1, !fetcher.isSaidToHave(blocks, of: target) { return false }
    var position = 0
    for index in blocks {
      let wanted = part(ofBlock: index, within: offset..<end)
      var part = destination._mutatingExtracting(position..<position + wanted.count)
      guard fetcher.copy(wanted, ofBlock: index, of: target, into: &part) else { return false }
      position += wanted.count
    }
    if let advice = advice(afterReading: blocks, upTo: horizon) { fetcher.fetchAhead(advice, of: target) }
    return true
  }

  package func read(
    into destination: inout MutableRawSpan, at offset: UInt64, horizon: UInt64?
  ) async throws(Failure) {
    if try readAtOnce(into: &destination, at: offset, horizon: horizon) { return Progress.note() }
    let end = offset + UInt64(destination.byteCount)
    let blocks = target.grid.blocks(covering: offset..<end)
    let advice = advice(afterReading: blocks, upTo: horizon)
    fetcher.demand(blocks, of: target)
    if let advice { fetcher.fetchAhead(advice, of: target) }
    // The destination is touched as late as can be: a read that waits shares what it has with the recent blocks.
    var parts: [BlockPart] = []
    var position = 0
    for index in blocks {
      let wanted = part(ofBlock: index, within: offset..<end)
      parts.append(
        try await fetcher.bytes(wanted, ofBlock: index, of: target, before: blocks.upperBound))
      Progress.note()
      guard parts.count == Self.heldBlocks || index + 1 == blocks.upperBound else { continue }
      for part in parts {
        part.block.withBytes { destination.copyBytes(from: $0.extracting(part.range), at: position) }
        position += part.range.count
      }
      parts.removeAll(keepingCapacity: true)
    }
  }

  /// What of a block lies within these bytes of the binary, as bytes of the block.
  private func part(ofBlock index: UInt32, within bytes: Range<UInt64>) -> Range<Int> {
    let block = target.grid.bytes(ofBlock: index)
    let wanted = block.clamped(to: bytes)
    let start = Int(wanted.lowerBound - block.lowerBound)
    return start..<start + wanted.count
  }

  /// Notes where a reader is; what it is worth to fetch ahead because of it, short of the horizon.
  private func advice(afterReading blocks: Range<UInt32>, upTo horizon: UInt64?) -> Range<UInt32>? {
    let limit = horizon.map { horizon in
      max(blocks.upperBound, target.grid.blocks(covering: 0..<min(horizon, size)).upperBound)
    }
    return streams.withLock { $0.advice(afterReading: blocks, upTo: limit) { fetcher.reach } }
  }
}
