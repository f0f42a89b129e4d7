package import Primitives

/// The content of an LZ4 file, readable at any offset.
///
/// ```
///  packed   | header | block 0 | block 1 | … | block n − 1 | end |
///  plain    | M bytes         | M bytes | … | what is left |          unless an encoder flushed early
/// ```
/// A read decodes the blocks that it touches, each once for all readers, and keeps them in a cache. Where linked blocks
/// refer to the bytes before them it decodes on from the nearest block that is kept, or from a checkpoint. One of these
/// stands at the first block after every 4 MiB: its `input` is 8 × the packed offset of the block's size field, its window
/// the 64 KiB before as an LZ4 block, its `crc32` that of the window's plain bytes.
package final class LZ4File: RandomReadable {
  /// A file of so many packed bytes is walked whole when it is opened; of a longer one the first frame's header is
  /// trusted until more is known.
  private static let walkedSize: UInt64 = 8 << 20

  private let name: String
  let packed: any RandomReadable
  let index: LZ4Index
  private let passesBytes: Bool
  let blocks: LZ4BlockCache
  let checkpoints: (any CheckpointStore)?
  /// Its number in the cache.
  let id: UInt64
  let flights: SingleFlight<LZ4Flight, ByteBlock, Failure>
  let check = AsyncMutex(LZ4ContentCheck())
  /// Frames whose checksum is wrong.
  let wrongFrames = Locked<[Int: Failure]>([:])
  private let decodedBlocks = Locked(0)

  private init(
    name: String, packed: any RandomReadable, index: LZ4Index, passesBytes: Bool, blocks: LZ4BlockCache,
    checkpoints: (any CheckpointStore)?
  ) {
    self.name = name
    self.packed = packed
    self.index = index
    self.passesBytes = passesBytes
    self.blocks = blocks
    self.checkpoints = checkpoints
    id = blocks.newFile()
    flights = SingleFlight(executor: blocks.executor)
  }

  deinit { blocks.removeAll(of: id) }

  /// Finds out the content's size.
  ///
  /// Where no header tells it all blocks are decoded once; the index then knows it. Throws `damaged` and `unsupported`
  /// for what is known by then, and whatever the packed bytes' source throws.
  ///
  /// - Parameters:
  ///   - name: for messages.
  ///   - index: of these packed bytes, with what earlier readers have found out.
  ///   - passesBytes: whether reading packed bytes further on passes all before them, so that it costs little to decode
  ///     them too.
  ///   - checkpoints: of linked blocks.
  package static func open(
    name: String, packed: any RandomReadable, index: LZ4Index, passesBytes: Bool, blocks: LZ4BlockCache,
    checkpoints: (any CheckpointStore)?
  ) async throws(Failure) -> LZ4File {
    let file = LZ4File(
      name: name, packed: packed, index: index, passesBytes: passesBytes, blocks: blocks,
      checkpoints: checkpoints)
    do throws(Failure) { try await file.findSize() } catch { throw file.named(error) }
    return file
  }

  /// Plain bytes, exact; in a long file those of the frames that are known.
  package var size: UInt64 { index.knownSize }

  /// Whether all frames that are known carry a checksum of their content or of its blocks.
  package var hasChecksums: Bool { index.hasChecksums }

  /// How many blocks were decoded so far.
  package var decodedCount: Int { decodedBlocks.withLock { $0 } }

  /// Also throws `damaged` where a block or a checksum is wrong, and whatever the packed bytes' source throws.
  package func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure) {
    try checkRange(at: offset, count: destination.byteCount)
    var done = 0
    while done < destination.byteCount {
      let position = offset + UInt64(done)
      let found: (block: ByteBlock, start: UInt64)
      do throws(Failure) { found = try await block(holding: position) } catch { throw named(error) }
      let start = Int(position - found.start)
      let count = min(found.block.count - start, destination.byteCount - done)
      found.block.withBytes { destination.copyBytes(from: $0.extracting(start..<start + count), at: done) }
      done += count
    }
  }

  func countDecoded() { decodedBlocks.withLock { $0 += 1 } }

  private func findSize() async throws(Failure) {
    guard packed.size == index.packedSize else {
      throw Failure(.invalid, "its index is of \(index.packedSize) bytes, not \(packed.size).")
    }
    while true {
      try checkCancellation()
      switch try index.stepTowardsSize(walksAll: packed.size <= Self.walkedSize) {
      case .measure(let block), .found(let block, _): _ = try await measured(block)
      case .prove(let block): try await prove(block)
      case .walk(let range): try await walk(range)
      case .ended: return
      }
    }
  }

  private func block(holding offset: UInt64) async throws(Failure) -> (block: ByteBlock, start: UInt64) {
    var newest: (index: Int, block: ByteBlock)?
    while true {
      try checkCancellation()
      switch try index.step(towards: offset, passesBytes: passesBytes) {
      case .found(let index, let start):
        let block =
          if let newest, newest.index == index { newest.block } else { try await self.block(index) }
        return (block, start)
      case .measure(let block): newest = (block, try await measured(block))
      case .prove(let block): try await prove(block)
      case .walk(let range): try await walk(range)
      case .ended: throw Failure(.damaged, "its content ends before byte \(offset).")
      }
    }
  }

  /// The block, whose size the index then knows, also where it was kept since before its place was known.
  private func measured(_ block: Int) async throws(Failure) -> ByteBlock {
    let bytes = try await self.block(block)
    try index.measure(block, size: bytes.count)
    return bytes
  }

  /// Reads header bytes for the index.
  func walk(_ range: Range<UInt64>) async throws(Failure) {
    let bytes = try await packed.bytes(at: range.lowerBound, count: range.count)
    index.feed(unsafe bytes.span.bytes, at: range.lowerBound)
  }

  private func checkCancellation() throws(Failure) {
    if Task.isCancelled { throw Failure(.interrupted, "Reading \"\(name)\" was interrupted.") }
  }

  /// What is said of the packed bytes, with the file's name.
  private func named(_ failure: Failure) -> Failure {
    switch failure.code {
    case .damaged where !failure.cause.hasPrefix("\""):
      failure.about("\"\(name)\" is damaged")
    case .unsupported where !failure.cause.hasPrefix("\""):
      failure.about("\"\(name)\" cannot be read")
    default: failure
    }
  }
}
