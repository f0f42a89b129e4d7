import CFuse

/// See `FetchControl`. The corresponding C function is `fuse_reply_ioctl`.
struct FetchAnswer: Answer {
  let state: FetchState

  func send(to request: fuse_req_t) -> Int32 {
    withUnsafeBytes(of: (state.size, state.cached)) { fuse_reply_ioctl(request, 0, $0.baseAddress, $0.count) }
  }
}
