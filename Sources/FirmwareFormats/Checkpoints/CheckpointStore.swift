/// Where the checkpoints of one stream are kept. It may lose any of them at any time, and it may refuse to keep one.
///
/// All functions may be called from any thread, return soon and never fail.
package protocol CheckpointStore: Sendable {
  /// The last one that is kept at or before this many plain bytes. It may read the disk.
  func checkpoint(atOrBefore output: UInt64) -> Checkpoint?

  /// Plain bytes before the last one that is kept at or before `output`, without reading the disk; nil if there is none.
  func position(atOrBefore output: UInt64) -> UInt64?

  /// Whether one is kept within these plain bytes, without reading the disk.
  func hasCheckpoint(in outputs: Range<UInt64>) -> Bool

  func keep(_ checkpoint: Checkpoint)

  /// They turned out to be wrong.
  func removeAll()
}
