import Primitives

/// The blocks that were used last, up to a number of bytes. Pure.
///
/// A doubly linked list in two arrays would do the same; with at most a few hundred blocks the dictionary of stamps and
/// a scan at eviction is shorter and as fast.
struct RecentBlocks {
  private struct Held {
    let block: ByteBlock
    var lastUse: UInt64
  }

  private let limit: Int
  private var held: [BlockAddress: Held] = [:]
  private var clock: UInt64 = 0
  private(set) var bytes = 0

  init(limit: Int) {
    self.limit = limit
  }

  /// The block, now the most recently used one.
  mutating func block(at address: BlockAddress) -> ByteBlock? {
    guard let block = held[address]?.block else { return nil }
    clock += 1
    held[address]?.lastUse = clock
    return block
  }

  func contains(_ address: BlockAddress) -> Bool { held[address] != nil }

  mutating func insert(_ block: ByteBlock, at address: BlockAddress) {
    clock += 1
    if let old = held.updateValue(Held(block: block, lastUse: clock), forKey: address) {
      bytes -= old.block.count
    }
    bytes += block.count
    if bytes > limit { evict() }
  }

  mutating func remove(_ address: BlockAddress) {
    if let old = held.removeValue(forKey: address) { bytes -= old.block.count }
  }

  /// Drops the oldest eighth at once, so that the scan is paid for rarely.
  private mutating func evict() {
    let target = limit - limit / 8
    for (address, old) in held.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
      guard bytes > target, held.count > 1 else { return }
      held[address] = nil
      bytes -= old.block.count
    }
  }
}
