import FirmwareFormats
import Primitives

/// What all releases of a mount share.
struct ReleaseResources: Sendable {
  let cache: BlockCache
  /// Unpacked blocks of LZ4 files.
  let unpackedBlocks: LZ4BlockCache
  /// Of decoders of members.
  let decoders: DecoderBudget
  let pool: WorkerPool
  let log: Log
  /// Seconds since the epoch.
  let now: @Sendable () -> Double
}
