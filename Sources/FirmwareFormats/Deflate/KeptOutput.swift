/// Decoded bytes of a member from `start` on.
struct Chunk: Sendable, Equatable {
  let start: UInt64
  let bytes: [UInt8]
}

/// The newest chunks of what one decoder has put out, a ring.
///
/// ```
///   first          oldest kept            end = next to be decoded
///     |               |                      |
///     +----...---+--------+-----+-------+ - - - - +
///     |          | chunk  | ... | chunk |         |      all of chunkSize bytes; the content's last may be shorter
///     +----...---+--------+-----+-------+ - - - - +
/// ```
struct KeptOutput: Sendable {
  private let first: UInt64
  private let chunkSize: UInt64
  private let capacity: Int
  private var ring: [[UInt8]] = []
  private var appended = 0
  /// Where the next byte lies in the content.
  private(set) var end: UInt64

  /// - Parameter first: where the decoder begins in the content.
  init(from first: UInt64 = 0, chunkSize: Int, capacity: Int) {
    self.first = first
    self.chunkSize = UInt64(chunkSize)
    self.capacity = capacity
    end = first
  }

  /// The chunk that holds the byte at `offset`, if it is kept.
  func chunk(holding offset: UInt64) -> Chunk? {
    guard offset >= first, offset < end else { return nil }
    let index = Int((offset - first) / chunkSize)
    guard index >= appended - ring.count else { return nil }
    return Chunk(start: first + UInt64(index) * chunkSize, bytes: ring[index % capacity])
  }

  /// Keeps the next chunk; gives the one that is no longer kept for it.
  mutating func append(_ chunk: [UInt8]) -> [UInt8]? {
    let slot = appended % capacity
    appended += 1
    end += UInt64(chunk.count)
    guard ring.count == capacity else {
      ring.append(chunk)
      return nil
    }
    return exchange(&ring[slot], with: chunk)
  }
}
