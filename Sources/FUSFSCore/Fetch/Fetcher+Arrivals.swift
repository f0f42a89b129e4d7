import FUSNet
import Primitives

/// What comes of blocks, and who is given it.
extension Fetcher {
  /// Answers readers that want no more of the block than what has come of it, in whole pieces.
  func serve(_ index: UInt32, of target: FetchTarget, from bytes: RawSpan) {
    let address = BlockAddress(target.id, index)
    let count = bytes.byteCount / PieceChecksums.pieceSize * PieceChecksums.pieceSize
    guard state.withLock({ $0.waits[address]?.values.contains { $0.range.upperBound <= count } ?? false })
    else {
      return
    }
    guard target.seen.withLock({ $0.isBeginningWanted(at: index) }) else { return }
    let beginning = PieceChecksums(of: bytes.extracting(first: count))
    guard target.seen.withLock({ $0.admit(beginning: beginning, at: index) }) else { return }
    let served = state.withLock { state -> [Wait] in
      guard let waits = state.waits[address] else { return [] }
      let served = waits.filter { $0.value.range.upperBound <= count }
      guard !served.isEmpty else { return [] }
      for ticket in served.keys { state.waits[address]?[ticket] = nil }
      if state.waits[address]?.isEmpty == true { state.waits[address] = nil }
      return Array(served.values)
    }
    for wait in served {
      let part = BlockPart(
        block: ByteBlock(copying: bytes.extracting(wait.range)), range: 0..<wait.range.count)
      wait.continuation.resume(returning: .success(part))
    }
  }

  /// Takes a whole block, unless it is not what it was, and gives it to those who wait for it.
  func arrived(
    _ block: ByteBlock, _ index: UInt32, of target: FetchTarget
  ) -> BlockAssembler.Reception {
    let checksums = block.withBytes { PieceChecksums(of: $0) }
    switch target.seen.withLock({ $0.admit(checksums, at: index) }) {
    case .same: break
    case .refused: return .refused
    case .changed:
      log.write(.warning, "\(target.name): block \(index) has come again, twice, as it was not before.")
      target.tellOfChange(of: index..<index + 1)
    }
    let (address, now) = (BlockAddress(target.id, index), now)
    let (waits, arrivals) = state.withLock { state in
      state.limit.received(block.count, active: state.queue.activeJobs, at: now)
      state.recent.insert(block, at: address)
      keep(block, checksums, at: address, &state)
      state.queue.arrived(address)
      return (state.waits.removeValue(forKey: address), state.arrivals.removeValue(forKey: address))
    }
    for arrival in (arrivals ?? [:]).values { arrival.resume(returning: nil) }
    for wait in (waits ?? [:]).values {
      wait.continuation.resume(returning: .success(BlockPart(block: block, range: wait.range)))
    }
    return cache.backlog < Reach.fullBacklog(cache.backlogLimit) ? .taken : .takenAsLast
  }
}
