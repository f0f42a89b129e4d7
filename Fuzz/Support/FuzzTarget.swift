import Primitives

/// A parser with what must hold for any bytes that it is given.
struct FuzzTarget: Sendable {
  /// Of its folder in the corpus too.
  let name: String
  /// In bytes.
  let largestInput: Int
  /// May throw what is said of content.
  let check: @Sendable (_ input: [UInt8]) async throws(Failure) -> Void

  static let all: [FuzzTarget] = [
    .zip, .deflate, .checkpointWindow, .tar, .tarKept, .tarChecksum, .lz4, .lz4Kept, .sparse, .sparseKept,
    .partitions, .intervalChecksum, .messages, .head, .configuration, .cacheRows,
  ]
}
