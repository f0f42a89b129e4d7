import Primitives

extension FetchState {
  /// What a mount has told, which may be any FUSE file system's that knows such a question too.
  ///
  /// Throws where no file is so large, or more is cached than there is.
  init(told size: UInt64, _ cached: UInt64) throws(Failure) {
    guard size <= UInt64(Int64.max), cached <= size else {
      throw Failure(.damaged, "Its mount says that \(cached) of \(size) bytes are cached, which cannot be.")
    }
    self.init(size: size, cached: cached)
  }
}
