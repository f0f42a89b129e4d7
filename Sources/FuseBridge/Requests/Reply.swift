import CFuse
import Glibc

/// The right to answer one request of the kernel, which libfuse frees with the answer.
///
/// It cannot be copied, and using it ends it: a request is answered once. One that is forgotten answers EIO, so that
/// its caller does not wait for ever, and the handler is told.
struct ReplyRight: ~Copyable, @unchecked Sendable {
  let operation: Operation
  let inode: UInt64
  private let request: fuse_req_t

  init(_ request: fuse_req_t, _ operation: Operation, _ inode: UInt64) {
    self.request = request
    self.operation = operation
    self.inode = inode
  }

  deinit {
    // Found before the answer, which frees the request.
    let handler = ConnectionContext.at(fuse_req_userdata(request)).handler
    fuse_reply_err(request, EIO)
    handler.forgot(operation, inode)
  }

  /// Gives the request to a function of libfuse that answers it.
  consuming func use<Result>(_ body: (fuse_req_t) -> Result) -> Result {
    let request = request
    discard self
    return body(request)
  }

  /// Looks at the request without answering it.
  borrowing func withRequest<Result>(_ body: (fuse_req_t) -> Result) -> Result { body(request) }
}

/// The right to answer a request with one kind of answer, or with an error.
struct Reply<Content: Answer>: ~Copyable, Sendable {
  let right: ReplyRight

  init(_ right: consuming ReplyRight) { self.right = right }

  /// Whether the kernel took the answer; it does not if the request was given up meanwhile.
  @discardableResult
  consuming func send(_ content: Content) -> Bool {
    right.use { content.send(to: $0) == 0 }
  }

  /// Answers with an errno.
  consuming func fail(_ number: Int32) {
    _ = right.use { fuse_reply_err($0, number) }
  }
}

/// What a request of some kind is answered with.
protocol Answer: SendableMetatype {
  /// Hands it to libfuse, which frees the request. 0, or a negated errno.
  func send(to request: fuse_req_t) -> Int32
}
