import Primitives

/// The plain bytes before a linked block that it may refer to: the last 64 KiB of its frame, fewer at its beginning.
struct LZ4History: Sendable {
  /// Ends with these bytes; it may have more before them.
  private var bytes = ByteBlock(copying: [])

  init() {}

  init(_ bytes: [UInt8]) { self.bytes = ByteBlock(copying: bytes) }

  /// What these blocks leave, one after the other.
  init(joining blocks: some Collection<ByteBlock>) {
    if let only = blocks.first, blocks.count == 1 {
      bytes = only
      return
    }
    var joined = UniqueByteBlock(count: blocks.reduce(0) { $0 + $1.count })
    joined.withMutableBytes { target in
      var position = 0
      for block in blocks {
        block.withBytes { target.copyBytes(from: $0, at: position) }
        position += block.count
      }
    }
    bytes = joined.frozen()
  }

  /// The next block's bytes follow. A long block is shared, not copied.
  mutating func append(_ block: ByteBlock) {
    guard block.count < LZ4Block.windowSize, self.bytes.count > 0 else {
      if block.count > 0 { bytes = block }
      return
    }
    let kept = min(bytes.count, LZ4Block.windowSize - block.count)
    var joined = UniqueByteBlock(count: kept + block.count)
    let before = bytes
    joined.withMutableBytes { target in
      before.withBytes { target.copyBytes(from: $0.extracting(last: kept)) }
      block.withBytes { target.copyBytes(from: $0, at: kept) }
    }
    bytes = joined.frozen()
  }

  func withBytes<Result>(_ body: (RawSpan) throws(Failure) -> Result) throws(Failure) -> Result {
    try bytes.withBytes { (bytes) throws(Failure) in try body(bytes.extracting(last: LZ4Block.windowSize)) }
  }
}
