import Primitives

/// Where the bytes of a readable come from, stretch by stretch, in 16 bytes each.
///
/// ```
///  0              ends[0]          ends[1]                ends[2] = end
///  |  origins[0]  |   origins[1]   |      origins[2]      |
///  +--------------+----------------+----------------------+
/// ```
struct ExtentMap: Sendable, Equatable {
  enum Content: Sendable, Equatable {
    /// Bytes of another readable from this offset on, which is less than 2^63.
    case bytes(at: UInt64)
    /// These four bytes, the lowest first, over and over; zeros are the pattern 0.
    case pattern(UInt32)
  }

  /// A stretch and what is in it.
  struct Extent: Sendable, Equatable {
    let range: Range<UInt64>
    let content: Content
  }

  private var ends: [UInt64] = []
  /// An offset in the other readable, or a pattern under `patternFlag`.
  private var origins: [UInt64] = []
  private static let patternFlag: UInt64 = 1 << 63

  /// Where the next extent begins, in bytes.
  var end: UInt64 { ends.last ?? 0 }

  var count: Int { ends.count }

  /// Adds an extent of `length` bytes behind the others; one of no bytes is none. The caller has checked that the sum
  /// does not overflow. Patterns that continue each other become one extent.
  mutating func append(_ content: Content, length: UInt64) {
    guard length > 0 else { return }
    let end = self.end + length
    switch content {
    case .bytes(let offset): origins.append(offset)
    case .pattern(let pattern):
      let origin = Self.patternFlag | UInt64(pattern)
      if let last = ends.indices.last, origins[last] == origin, ends[last] % 4 == start(of: last) % 4 {
        ends[last] = end
        return
      }
      origins.append(origin)
    }
    ends.append(end)
  }

  subscript(index: Int) -> Extent {
    let origin = origins[index]
    let content: Content =
      origin & Self.patternFlag == 0
      ? .bytes(at: origin) : .pattern(UInt32(truncatingIfNeeded: origin))
    return Extent(range: start(of: index)..<ends[index], content: content)
  }

  /// The extent in which the byte at `offset` is; nil from `end` on.
  func extent(holding offset: UInt64) -> Extent? {
    guard offset < end else { return nil }
    return self[ends.partitionPoint { $0 <= offset }]
  }

  private func start(of index: Int) -> UInt64 { index == 0 ? 0 : ends[index - 1] }
}

extension MutableRawSpan {
  /// Fills all of it with what the extents hold from `offset` on. A pattern is written without reading anything.
  mutating func fill(
    at offset: UInt64, from source: any RandomReadable,
    extent: (_ holding: UInt64) async throws(Failure) -> ExtentMap.Extent
  ) async throws(Failure) {
    var done = 0
    while done < byteCount {
      let position = offset + UInt64(done)
      let extent = try await extent(position)
      let count = Int(min(UInt64(byteCount - done), extent.range.upperBound - position))
      let start = position - extent.range.lowerBound
      var piece = _mutatingExtracting(done..<done + count)
      switch extent.content {
      case .bytes(let first): try await source.read(into: &piece, at: first + start)
      case .pattern(let pattern): piece.fill(with: pattern, from: Int(start % 4))
      }
      done += count
    }
  }

  /// Repeats the four bytes of the pattern, the lowest first, beginning with the one of this index.
  private mutating func fill(with pattern: UInt32, from first: Int) {
    unsafe withUnsafeMutableBytes { bytes in
      var filled = min(4, bytes.count)
      for index in 0..<filled {
        unsafe bytes[index] = UInt8(truncatingIfNeeded: pattern >> UInt32(8 * ((first + index) % 4)))
      }
      while filled < bytes.count {
        let count = min(filled, bytes.count - filled)
        unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[filled..<filled + count])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        filled += count
      }
    }
  }
}
