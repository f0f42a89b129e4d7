/// Where readers of one binary are going, told from where they have been.
///
/// A read that goes on where an earlier one ended (or falls just before or behind, as the kernel's parallel requests do)
/// belongs to that reader's stream. Its window starts with nothing and opens with the second read, as wide as what the
/// stream has read, soon twice as wide. Whoever has come back for more than one request of the kernel's is believed to
/// go on: his window is four times as wide as what he has read, and wide enough to keep each connection busy for some
/// round trips, until each has a request that is long enough for the link. A read elsewhere starts a stream of its own
/// with a closed window, so random reads fetch nothing ahead. Pure: blocks in, blocks to fetch out.
///
/// ```
///            next                     fetchedAhead
///  ──read────▼────── window ──────────▼
///  ████████████░░░░░░░░░░░░░░░░░░░░░░░
/// ```
struct ReadAheadStreams {
  private struct Stream {
    var next: UInt32
    /// Blocks.
    var read: UInt32
    var fetchedAhead: UInt32
    /// The place from which on the window is looked at again.
    var due: UInt32
    var lastUse: UInt64
  }

  private static let firstWindow: UInt32 = 2
  /// Blocks after which a reader may go on, and after which he will: he has come back for more than the most that the
  /// kernel asks for at once.
  private static let longStream: UInt32 = 4
  private static let lastingStream: UInt32 = 6
  /// How many times as much as has been read is fetched ahead of those who will go on; before that, fewer.
  private static let eagerness: UInt32 = 4
  private static let calmness: UInt32 = 2
  /// How far from `next` a read may begin and still be of the stream: requests in flight at once arrive unordered.
  private static let backwardSlack: UInt32 = 8
  private static let forwardSlack: UInt32 = 4
  /// The same of a stream that may be a random read, so that another is seldom taken to go on with it.
  private static let youngSlack: UInt32 = 1

  private let blockCount: UInt32
  private let maximumStreams: Int
  private var streams: [Stream] = []
  private var clock: UInt64 = 0

  /// - Parameter blockCount: of the binary.
  init(blockCount: UInt32, maximumStreams: Int = 16) {
    self.blockCount = blockCount
    self.maximumStreams = max(1, maximumStreams)
  }

  /// Notes a read that touches `blocks`; what to fetch ahead because of it, if anything.
  ///
  /// - Parameters:
  ///   - horizon: the block at which the reader's interest ends.
  ///   - reach: what the link and the cache allow just now. It is asked for only when a window may have to grow.
  mutating func advice(
    afterReading blocks: Range<UInt32>, upTo horizon: UInt32? = nil, reach: () -> Reach
  ) -> Range<UInt32>? {
    clock += 1
    guard let index = stream(containing: blocks.lowerBound) else {
      start(with: blocks)
      return nil
    }
    streams[index].lastUse = clock
    let next = streams[index].next
    guard blocks.upperBound > next else { return nil }
    streams[index].next = blocks.upperBound
    streams[index].read += blocks.upperBound - max(next, blocks.lowerBound)
    guard blocks.upperBound >= streams[index].due else { return nil }
    return advance(&streams[index], upTo: min(blockCount, horizon ?? blockCount), reach())
  }

  private func stream(containing block: UInt32) -> Int? {
    streams.firstIndex { stream in
      let earliest = stream.next > Self.backwardSlack ? stream.next - Self.backwardSlack : 0
      let isYoung = stream.read < Self.longStream
      return block >= earliest && block <= stream.next + (isYoung ? Self.youngSlack : Self.forwardSlack)
    }
  }

  private mutating func start(with blocks: Range<UInt32>) {
    let stream = Stream(
      next: blocks.upperBound, read: UInt32(blocks.count), fetchedAhead: blocks.upperBound, due: 0,
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
  private func advance(_ stream: inout Stream, upTo limit: UInt32, _ reach: Reach) -> Range<UInt32>? {
    let window = width(for: stream.read, reach)
    let piece = max(1, min(reach.piece, window / reach.connections) / 2)
    stream.due = stream.next + max(1, piece / 4)
    let from = max(stream.fetchedAhead, stream.next)
    let widest = UInt64(stream.next) + UInt64(window)
    // A last bit that is no piece comes along.
    let end = widest + UInt64(piece) >= UInt64(limit) ? UInt64(limit) : widest
    guard end > UInt64(from) else { return nil }
    let gained = UInt32(end - UInt64(from))
    let granted = end == UInt64(limit) ? gained : gained - gained % piece
    guard granted > 0 else { return nil }
    stream.fetchedAhead = from + granted
    return from..<from + granted
  }

  /// How far ahead of a stream is fetched that has read so many blocks.
  private func width(for read: UInt32, _ reach: Reach) -> UInt32 {
    guard read >= Self.longStream else { return min(reach.window, max(Self.firstWindow, read)) }
    guard read >= Self.lastingStream else { return min(reach.window, Self.calmness * read) }
    // Less than two short requests a connection would leave the link idle.
    return min(reach.window, max(Self.eagerness * read, 2 * reach.least * reach.connections))
  }
}
