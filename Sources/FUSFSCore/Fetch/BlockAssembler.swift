import FUSNet
import FirmwareFormats
import Primitives

/// Cuts a download's bytes into blocks and hands each on as soon as it is whole, and what has come of one to those who
/// want no more of it.
final class BlockAssembler: DownloadReceiver {
  /// What a whole block is given to.
  typealias Delivery = @Sendable (_ index: UInt32, _ block: ByteBlock) -> Reception

  /// How a block was received; all but the first end the download.
  enum Reception {
    case taken
    /// No more is wanted for now.
    case takenAsLast
    /// It is not the block that it should be, and has not been delivered.
    case refused
  }

  /// What is shown the first bytes of a block as they become more.
  typealias Preview = @Sendable (_ index: UInt32, _ bytes: RawSpan) -> Void

  private struct Progress: ~Copyable {
    var index: UInt32
    var filled = 0
    var block: UniqueByteBlock?
    var received = 0
    var first: SuspendingClock.Instant?
    var isStopped = false
    var isRefused = false
  }

  private let grid: BlockGrid
  private let blocks: Range<UInt32>
  private let preview: Preview
  private let deliver: Delivery
  private let progress: Locked<Progress>

  init(
    grid: BlockGrid, blocks: Range<UInt32>, preview: @escaping Preview, deliver: @escaping Delivery
  ) {
    self.grid = grid
    self.blocks = blocks
    self.preview = preview
    self.deliver = deliver
    progress = Locked(Progress(index: blocks.lowerBound))
  }

  /// The first block that has not been delivered.
  var next: UInt32 { progress.withLock { $0.index } }

  /// Whether the receiver of a block, or who stopped it, wanted no more.
  var isStopped: Bool { progress.withLock { $0.isStopped } }

  /// Whether the block that is next was not as it should be.
  var isRefused: Bool { progress.withLock { $0.isRefused } }

  /// Ends the download. No block is delivered once this has returned.
  func stop() { progress.withLock { $0.isStopped = true } }

  /// When the first byte came, and how many have come.
  var received: (first: SuspendingClock.Instant?, bytes: Int) {
    progress.withLock { ($0.first, $0.received) }
  }

  func receive(_ bytes: RawSpan) -> Bool {
    var offset = 0
    while offset < bytes.byteCount {
      guard let taken = take(bytes.extracting(offset..<bytes.byteCount)) else { return false }
      offset += taken
    }
    return true
  }

  /// Shows what has come of this block once more, for a reader who was not there when it came.
  func showAgain(_ index: UInt32) {
    progress.withLock { progress in
      guard !progress.isStopped, progress.index == index, var block = progress.block.take() else { return }
      let filled = progress.filled
      block.withMutableBytes { preview(index, $0.bytes.extracting(first: filled)) }
      progress.block = consume block
    }
  }

  /// Adds bytes to the current block; how many, or nil when more came than was asked for or no more is wanted.
  private func take(_ bytes: RawSpan) -> Int? {
    progress.withLock { progress -> Int? in
      guard !progress.isStopped, progress.index < blocks.upperBound else { return nil }
      if progress.first == nil { progress.first = .now }
      let size = grid.bytes(ofBlock: progress.index).count
      // Delivered only when all of it is filled.
      var block = unsafe progress.block.take() ?? UniqueByteBlock(uninitialized: size)
      let count = min(bytes.byteCount, size - progress.filled)
      let filled = progress.filled
      block.withMutableBytes { $0.copyBytes(from: bytes.extracting(0..<count), at: filled) }
      progress.filled += count
      progress.received += count
      guard progress.filled == size else {
        let index = progress.index
        block.withMutableBytes { preview(index, $0.bytes.extracting(first: filled + count)) }
        progress.block = consume block
        return count
      }
      progress.filled = 0
      let reception = deliver(progress.index, block.frozen())
      if reception == .refused {
        (progress.isStopped, progress.isRefused) = (true, true)
        return nil
      }
      progress.index += 1
      guard reception == .taken || progress.index == blocks.upperBound else {
        progress.isStopped = true
        return nil
      }
      return count
    }
  }
}
