/// Where readers of one binary are going, told from where they have been.
///
/// A read that goes on where an earlier one ended (or falls just before, as the kernel's parallel requests do) belongs
/// to that reader's stream. Its window starts with nothing, opens with the second read and is as wide as what the stream
/// has read, soon twice as wide, so that whoever stops early has caused at most twice as much again; a read elsewhere
/// starts a stream of its own with a closed window, so random reads fetch nothing ahead. Pure: blocks in, blocks to fetch
/// out.
///
/// ```
///            next                     fetchedAhead
///  ──read────▼────── window ──────────▼
///  ████████████░░░░░░░░░░░░░░░░░░░░░░░
/// ```
struct ReadAheadStreams {
  /// Blocks worth fetching before they are asked for, to be requested in pieces of `pieceBlocks`.
  struct Advice: Equatable {
    let blocks: Range<UInt32>
    let pieceBlocks: UInt32
  }

  private struct Stream {
    let start: UInt32
    var next: UInt32
    var fetchedAhead: UInt32
    var window: UInt32
    var lastUse: UInt64
  }

  private static let firstWindow: UInt32 = 2
  /// Blocks after which a reader is believed to go on.
  private static let longStream: UInt32 = 4
  /// How far behind `next` a read may begin and still be of the stream: requests in flight at once arrive unordered.
  private static let backwardSlack: UInt32 = 8

  private let blockCount: UInt32
  /// The widest window, in blocks.
  var maximumWindow: UInt32
  /// The most blocks that are worth asking for at once.
  var largestPiece = UInt32.max
  private let pieces: UInt32
  private let maximumStreams: Int
  private var streams: [Stream] = []
  private var clock: UInt64 = 0

  /// - Parameters:
  ///   - blockCount: of the binary.
  ///   - maximumWindow: in blocks.
  ///   - pieces: into how many requests a full window is split, one a connection.
  init(blockCount: UInt32, maximumWindow: UInt32, pieces: UInt32, maximumStreams: Int = 16) {
    self.blockCount = blockCount
    self.maximumWindow = max(1, maximumWindow)
    self.pieces = max(1, pieces)
    self.maximumStreams = max(1, maximumStreams)
  }

  /// Notes a read that touches `blocks`; what to fetch ahead because of it, if anything.
  ///
  /// - Parameter horizon: the block at which the reader's interest ends.
  mutating func advice(afterReading blocks: Range<UInt32>, upTo horizon: UInt32? = nil) -> Advice? {
    clock += 1
    guard let index = stream(containing: blocks.lowerBound) else {
      start(with: blocks)
      return nil
    }
    streams[index].lastUse = clock
    guard blocks.upperBound > streams[index].next else { return nil }
    streams[index].next = blocks.upperBound
    let read = blocks.upperBound - streams[index].start
    let isLong = read >= Self.longStream
    streams[index].window = min(maximumWindow, max(Self.firstWindow, isLong ? 2 * read : read))
    return advance(&streams[index], upTo: min(blockCount, horizon ?? blockCount))
  }

  private func stream(containing block: UInt32) -> Int? {
    streams.firstIndex { stream in
      let earliest = stream.next > Self.backwardSlack ? stream.next - Self.backwardSlack : 0
      return block >= earliest && block <= max(stream.next, stream.fetchedAhead)
    }
  }

  private mutating func start(with blocks: Range<UInt32>) {
    let stream = Stream(
      start: blocks.lowerBound, next: blocks.upperBound, fetchedAhead: blocks.upperBound, window: 0,
      lastUse: clock)
    guard streams.count >= maximumStreams,
      let oldest = streams.indices.min(by: { streams[$0].lastUse < streams[$1].lastUse })
    else {
      streams.append(stream)
      return
    }
    streams[oldest] = stream
  }

  /// Extends the stream's window by whole pieces, so that requests stay large.
  private func advance(_ stream: inout Stream, upTo limit: UInt32) -> Advice? {
    let from = max(stream.fetchedAhead, stream.next)
    // Smaller towards the end, so that all connections are done at about the same time.
    let rest = max((limit - min(from, limit)) / (2 * pieces), largestPiece / 8)
    let piece = max(1, min(largestPiece, stream.window / pieces, rest))
    let end = min(UInt64(limit), UInt64(stream.next) + UInt64(stream.window))
    guard end > UInt64(from) else { return nil }
    let gained = UInt32(end - UInt64(from))
    let granted = end == UInt64(limit) ? gained : gained - gained % piece
    guard granted > 0 else { return nil }
    stream.fetchedAhead = from + granted
    return Advice(blocks: from..<from + granted, pieceBlocks: piece)
  }
}
