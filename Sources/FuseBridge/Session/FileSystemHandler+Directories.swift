import CFuse
import Glibc
import Primitives

extension FileSystemHandler {
  /// Bytes that an entry takes in a block, its name not counted.
  private static func entrySize(_ layout: DirectoryBlock.Layout) -> Int {
    layout == .names ? 24 : 152
  }
  private static var largestBlock: Int { 1 << 20 }
  /// `.` and `..` come first and take the positions 0 and 1.
  private static var dots: Int { 2 }

  func openDirectory(_ inode: UInt64, _ reply: consuming Reply<HandleAnswer>) {
    serve(reply) { [self] node, request throws(Failure) in
      let listing = try await fileSystem.openDirectory(node)
      request.answer { reply in
        let handle = listings.withLock { $0.add(listing) }
        if !reply.send(HandleAnswer(handle: handle, keepsCache: false, isDirect: false)) {
          _ = listings.withLock { $0.remove(handle) }
        }
      }
    }
  }

  func readDirectory(
    _ inode: UInt64, handle: UInt64, size: Int, offset: Int64, layout: DirectoryBlock.Layout,
    _ reply: consuming Reply<DirectoryBlock>
  ) {
    guard let listing = listings.withLock({ $0[handle] }) else {
      reply.fail(EBADF)
      return
    }
    guard offset >= 0, offset < Int64.max - Int64(Self.largestBlock), 0...Self.largestBlock ~= size else {
      reply.fail(EINVAL)
      return
    }
    let operation = reply.right.operation
    serve(reply) { [self] _, request throws(Failure) in
      var block = DirectoryBlock(layout, room: size)
      var position = Int(offset)
      while position < Self.dots {
        let parent = inodes.withLock { $0.parent(of: inode) } ?? inode
        let fits = block.append(
          position == 0 ? "." : "..", inode: position == 0 ? inode : parent, kind: .directory,
          next: position + 1)
        guard fits else { break }
        position += 1
      }
      var told: [FoundNode<Tree.Node>] = []
      var omission: Failure?
      if position >= Self.dots {
        let limit = max(1, size / Self.entrySize(layout))
        let entries = try await fileSystem.entries(of: listing, from: position - Self.dots, limit: limit)
        for entry in entries.prefix(limit) {
          position += 1
          guard entry.hasUsableName else {
            omission = Failure(.damaged, "A directory has an entry whose name or number cannot be shown.")
            continue
          }
          let details = layout == .attributes ? entry.details : nil
          if let details { try checkInode(of: details) }
          let fits = block.append(
            entry.name, inode: entry.inode, kind: entry.kind, next: position,
            details: details?.entryParameters(owner: configuration.owner))
          guard fits else {
            guard !block.isEmpty else { throw Failure(.invalid, "No entry fits into \(size) bytes.") }
            break
          }
          if let details { told.append(details) }
        }
      }
      send(block, telling: told, of: inode, request)
      if let omission { configuration.onFailure(operation, inode, omission) }
    }
  }

  /// Answers, and counts each node whose attributes the kernel is told as looked up.
  private func send(
    _ block: DirectoryBlock, telling told: [FoundNode<Tree.Node>], of directory: UInt64,
    _ request: TypedRequest<DirectoryBlock>
  ) {
    request.answer { reply in
      inodes.withLock { inodes in
        for found in told { inodes.remember(found.attributes.inode, found.node, parent: directory) }
      }
      guard !reply.send(block) else { return }
      inodes.withLock { inodes in
        for found in told { inodes.forget(found.attributes.inode, lookups: 1) }
      }
    }
  }

  func releaseDirectory(handle: UInt64, _ reply: consuming Reply<DoneAnswer>) {
    let listing = listings.withLock { $0.remove(handle) }
    reply.send(DoneAnswer())
    _ = consume listing
  }
}
