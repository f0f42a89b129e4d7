/// What `fusfs cache trim` and `fusfs cache clear` did. Its JSON form is this type's.
struct CacheEviction: Sendable, Equatable, Encodable {
  let directory: String
  /// Blocks and indexes, as all of these.
  let evictedBytes: UInt64
  let remainingBytes: UInt64
  let pinnedBytes: UInt64

  init(from before: CacheReport, to after: CacheReport) {
    directory = after.directory
    remainingBytes = after.blockBytes + after.indexBytes
    let earlier = before.blockBytes + before.indexBytes
    evictedBytes = earlier - min(earlier, remainingBytes)
    pinnedBytes = after.pinnedBytes
  }

  /// `198.8 MiB evicted, 12.0 MiB left, 12.0 MiB of it pinned.`
  var words: String {
    "\(ByteSize(bytes: evictedBytes).words) evicted, \(ByteSize(bytes: remainingBytes).words) left, "
      + "\(ByteSize(bytes: pinnedBytes).words) of it pinned.\n"
  }
}
