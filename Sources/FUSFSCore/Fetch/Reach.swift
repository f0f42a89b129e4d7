/// How far to fetch ahead of a reader, and how much to ask for at once. Pure.
///
/// The window is twice what is under way, so that a connection that becomes free finds its next request:
///
/// ```
///       ┌─ piece ─┬─ piece ─┬─ … ─┬─ piece ─┐
///  read ▼ under way, one a connection       │ to follow, as many again      │
///       ├───────────────────────────── window ──────────────────────────────┤
/// ```
struct Reach: Equatable {
  let connections: UInt32
  /// Blocks in a request at most.
  let piece: UInt32
  /// Blocks that are worth a request of their own.
  let least: UInt32
  /// Blocks.
  let window: UInt32
}

extension Reach {
  /// Blocks that are fetched ahead of one reader at most, 256 MiB: those that memory does not hold wait in the cache.
  private static let widestWindow = 1024

  /// - Parameters:
  ///   - largestRequest: the most blocks that one request may bring.
  ///   - room: blocks that can be kept until the reader comes to them.
  init(_ size: RequestSize, connections: Int, largestRequest: Int, room: Int) {
    let connections = max(1, connections)
    let widest = max(2, min(Self.widestWindow, room))
    let piece = min(size.blocks, largestRequest, max(1, widest / (2 * connections)))
    self.connections = UInt32(clamping: connections)
    self.piece = UInt32(clamping: max(1, piece))
    least = min(self.piece, UInt32(clamping: size.leastBlocks))
    window = UInt32(clamping: min(widest, 2 * max(1, piece) * connections))
  }

  /// Backlogs of which the writer's limit is one that requests under way may add to it.
  private static let limitsUnderWay = BlockCache.limitsBeforeLoss - 1

  /// The most blocks that one request may bring when so many bytes wait for the cache's writer, of which `backlogLimit`
  /// may wait before a request begins. A writer that keeps up with the link sets no bound; of one that falls behind,
  /// all connections together may bring only what it can hold.
  static func largestRequest(connections: Int, backlog: Int, backlogLimit: Int) -> Int {
    guard backlog > backlogLimit / 2 else { return .max }
    return max(1, limitsUnderWay * backlogLimit / max(1, connections) / BlockGrid.blockSize)
  }

  /// The bytes waiting for the writer at which requests under way are broken off.
  static func fullBacklog(_ backlogLimit: Int) -> Int { limitsUnderWay * backlogLimit }
}
