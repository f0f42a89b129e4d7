import CFuse
import Glibc
import Primitives

extension FileSystemHandler {
  /// The kernel asks for 1 MiB at most; what says more does not come from it.
  private static var largestRead: Int { 16 << 20 }

  func open(_ inode: UInt64, flags: Int32, _ reply: consuming Reply<HandleAnswer>) {
    guard flags & O_ACCMODE == O_RDONLY, flags & (O_TRUNC | O_CREAT) == 0 else {
      reply.fail(EROFS)
      return
    }
    serve(reply) { [self] node, request throws(Failure) in
      let opened = try await fileSystem.open(node)
      let file = FileOfTree(opened.file, of: fileSystem)
      request.answer { reply in
        let handle = files.withLock { $0.add(file) }
        let answer = HandleAnswer(
          handle: handle, keepsCache: opened.caching == .keepPages, isDirect: opened.caching == .none)
        if !reply.send(answer) { _ = files.withLock { $0.remove(handle) } }
      }
    }
  }

  func read(
    _ inode: UInt64, handle: UInt64, size: Int, offset: Int64, _ reply: consuming Reply<BytesAnswer>
  ) {
    guard let file = files.withLock({ $0[handle] }) else {
      reply.fail(EBADF)
      return
    }
    guard let offset = UInt64(exactly: offset), size <= Self.largestRead else {
      reply.fail(EINVAL)
      return
    }
    guard let buffer = buffers.take(size) else {
      reply.fail(ENOMEM)
      return
    }
    do throws(Failure) {
      let count = try buffer.fill(size) { (destination) throws(Failure) -> Int? in
        try file.readAtOnce(into: &destination, at: offset)
      }
      if let count {
        try Self.checkCount(count, of: size)
        reply.send(BytesAnswer(buffer: buffer, count: count))
        buffers.put(buffer)
        return
      }
    } catch {
      reply.fail(error.code.errno)
      buffers.put(buffer)
      configuration.onFailure(.read, inode, error)
      return
    }
    serve(reply) { [self] _, request throws(Failure) in
      defer { buffers.put(buffer) }
      let count = try await buffer.fill(size) { (destination) async throws(Failure) -> Int in
        try await file.read(into: &destination, at: offset)
      }
      try Self.checkCount(count, of: size)
      request.answer(BytesAnswer(buffer: buffer, count: count))
    }
  }

  private static func checkCount(_ count: Int, of size: Int) throws(Failure) {
    guard 0...size ~= count else {
      throw Failure(.local, "A read of \(size) bytes claims to have filled \(count).")
    }
  }

  func release(handle: UInt64, _ reply: consuming Reply<DoneAnswer>) {
    // The file is closed here, outside of the lock, unless a read that was given up still uses it.
    let file = files.withLock { $0.remove(handle) }
    reply.send(DoneAnswer())
    _ = consume file
  }
}
