import CFuse
import Glibc

/// The functions that libfuse calls, each of which passes the request to the session's handler.
///
/// Left out, so that libfuse answers ENOSYS and the kernel never asks again: flush, fsync and fsyncdir (nothing is
/// ever dirty), lseek (holes), locks (the kernel keeps them itself), poll and bmap.
let callbacks: fuse_lowlevel_ops = {
  var operations = fuse_lowlevel_ops()
  addReading(to: &operations)
  addDirectories(to: &operations)
  addExtendedAttributes(to: &operations)
  addFetching(to: &operations)
  refuseChanges(in: &operations)
  return operations
}()

/// What libfuse carries for the callbacks: where the handler is.
final class ConnectionContext: @unchecked Sendable {
  let handler: any RequestHandler
  /// Points back to this object.
  let connection: UnsafeMutablePointer<fusfs_connection>

  init(_ handler: any RequestHandler) {
    self.handler = handler
    connection = .allocate(capacity: 1)
    connection.initialize(to: fusfs_connection())
    connection.pointee.handler = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit { connection.deallocate() }

  static func at(_ userdata: UnsafeMutableRawPointer?) -> ConnectionContext {
    let connection = userdata?.assumingMemoryBound(to: fusfs_connection.self).pointee
    guard let context = connection?.handler else { preconditionFailure("a session without its handler") }
    return Unmanaged<ConnectionContext>.fromOpaque(context).takeUnretainedValue()
  }
}

private func handler(_ request: fuse_req_t?) -> any RequestHandler {
  ConnectionContext.at(fuse_req_userdata(request)).handler
}

private func reply<Content: Answer>(
  _ request: fuse_req_t?, _ operation: Operation, _ inode: UInt64
) -> Reply<Content> {
  guard let request else { preconditionFailure("libfuse gave no request") }
  return Reply(ReplyRight(request, operation, inode))
}

private func addReading(to operations: inout fuse_lowlevel_ops) {
  operations.`init` = { userdata, connection in
    guard let connection else { return }
    let context = ConnectionContext.at(userdata)
    context.handler.start(&connection.pointee)
    let isParallel = connection.pointee.want & UInt32(FUSE_CAP_PARALLEL_DIROPS) != 0
    context.connection.pointee.allows_parallel_directories = isParallel ? 1 : 0
  }
  operations.lookup = { request, parent, name in
    guard let name = name.flatMap({ String(validatingCString: $0) }) else {
      fuse_reply_err(request, ENOENT)
      return
    }
    handler(request).lookup(name, in: parent, reply(request, .lookup, parent))
  }
  operations.forget = { request, inode, lookups in
    handler(request).forget(inode, lookups: lookups)
    fuse_reply_none(request)
  }
  operations.forget_multi = { request, count, list in
    let handler = handler(request)
    for forgotten in UnsafeBufferPointer(start: list, count: count) {
      handler.forget(forgotten.ino, lookups: forgotten.nlookup)
    }
    fuse_reply_none(request)
  }
  operations.getattr = { request, inode, _ in
    handler(request).attributes(of: inode, reply(request, .getattr, inode))
  }
  operations.access = { request, inode, mask in
    handler(request).checkAccess(to: inode, mask: mask, reply(request, .access, inode))
  }
  operations.readlink = { request, inode in handler(request).readLink(inode, reply(request, .readlink, inode))
  }
  operations.statfs = { request, inode in handler(request).statistics(reply(request, .statfs, inode)) }
  operations.open = { request, inode, information in
    handler(request).open(inode, flags: information?.pointee.flags ?? O_RDONLY, reply(request, .open, inode))
  }
  operations.read = { request, inode, size, offset, information in
    handler(request).read(
      inode, handle: information?.pointee.fh ?? 0, size: size, offset: Int64(offset),
      reply(request, .read, inode))
  }
  operations.release = { request, inode, information in
    handler(request).release(handle: information?.pointee.fh ?? 0, reply(request, .release, inode))
  }
}

private func addDirectories(to operations: inout fuse_lowlevel_ops) {
  operations.opendir = { request, inode, _ in
    handler(request).openDirectory(inode, reply(request, .opendir, inode))
  }
  operations.readdir = { request, inode, size, offset, information in
    handler(request).readDirectory(
      inode, handle: information?.pointee.fh ?? 0, size: size, offset: Int64(offset), layout: .names,
      reply(request, .readdir, inode))
  }
  operations.readdirplus = { request, inode, size, offset, information in
    handler(request).readDirectory(
      inode, handle: information?.pointee.fh ?? 0, size: size, offset: Int64(offset), layout: .attributes,
      reply(request, .readdirplus, inode))
  }
  operations.releasedir = { request, inode, information in
    handler(request).releaseDirectory(
      handle: information?.pointee.fh ?? 0, reply(request, .releasedir, inode))
  }
}

private func addExtendedAttributes(to operations: inout fuse_lowlevel_ops) {
  operations.getxattr = { request, inode, name, size in
    guard let name = name.flatMap({ String(validatingCString: $0) }) else {
      fuse_reply_err(request, ENODATA)
      return
    }
    handler(request).extendedAttribute(name, of: inode, room: size, reply(request, .getxattr, inode))
  }
  operations.listxattr = { request, inode, size in
    handler(request).extendedAttributeNames(of: inode, room: size, reply(request, .listxattr, inode))
  }
}

private func addFetching(to operations: inout fuse_lowlevel_ops) {
  operations.ioctl = { request, inode, command, _, _, _, _, _, room in
    guard let control = FetchControl(rawValue: UInt32(truncatingIfNeeded: command)),
      room >= FetchControl.answerSize
    else {
      fuse_reply_err(request, ENOTTY)
      return
    }
    handler(request).control(control, of: inode, reply(request, .ioctl, inode))
  }
}

/// Everything that would change something.
private func refuseChanges(in operations: inout fuse_lowlevel_ops) {
  operations.setattr = { request, _, _, _, _ in fuse_reply_err(request, EROFS) }
  operations.mknod = { request, _, _, _, _ in fuse_reply_err(request, EROFS) }
  operations.mkdir = { request, _, _, _ in fuse_reply_err(request, EROFS) }
  operations.unlink = { request, _, _ in fuse_reply_err(request, EROFS) }
  operations.rmdir = { request, _, _ in fuse_reply_err(request, EROFS) }
  operations.symlink = { request, _, _, _ in fuse_reply_err(request, EROFS) }
  operations.rename = { request, _, _, _, _, _ in fuse_reply_err(request, EROFS) }
  operations.link = { request, _, _, _ in fuse_reply_err(request, EROFS) }
  operations.write = { request, _, _, _, _, _ in fuse_reply_err(request, EROFS) }
  operations.create = { request, _, _, _, _ in fuse_reply_err(request, EROFS) }
  operations.setxattr = { request, _, _, _, _, _ in fuse_reply_err(request, EROFS) }
  operations.removexattr = { request, _, _ in fuse_reply_err(request, EROFS) }
  operations.fallocate = { request, _, _, _, _, _ in fuse_reply_err(request, EROFS) }
  operations.copy_file_range = { request, _, _, _, _, _, _, _, _ in fuse_reply_err(request, EROFS) }
}
