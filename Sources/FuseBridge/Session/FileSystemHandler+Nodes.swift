import CFuse
import Glibc
import Primitives

extension FileSystemHandler {
  func lookup(_ name: String, in directory: UInt64, _ reply: consuming Reply<EntryAnswer>) {
    serve(reply) { [self] node, request throws(Failure) in
      switch try await fileSystem.lookup(name, in: node) {
      case .absent(let validity):
        request.answer(EntryAnswer(absentFor: validity))
      case .found(let found):
        try checkInode(of: found)
        request.answer { reply in
          // Before the answer, since the kernel may use the number at once.
          inodes.withLock { $0.remember(found.attributes.inode, found.node, parent: directory) }
          if !reply.send(EntryAnswer(found, owner: configuration.owner)) {
            forget(found.attributes.inode, lookups: 1)
          }
        }
      }
    }
  }

  func forget(_ inode: UInt64, lookups: UInt64) {
    inodes.withLock { $0.forget(inode, lookups: lookups) }
  }

  func attributes(of inode: UInt64, _ reply: consuming Reply<AttributesAnswer>) {
    serve(reply) { [self] node, request throws(Failure) in
      let attributes = try await fileSystem.attributes(of: node)
      request.answer(AttributesAnswer(attributes: attributes, owner: configuration.owner))
    }
  }

  /// All may be read. Only the question whether a file may be executed needs its attributes.
  func checkAccess(to inode: UInt64, mask: Int32, _ reply: consuming Reply<DoneAnswer>) {
    guard mask & W_OK == 0 else {
      reply.fail(EROFS)
      return
    }
    guard mask & X_OK != 0 else {
      reply.send(DoneAnswer())
      return
    }
    serve(reply) { [self] node, request throws(Failure) in
      let attributes = try await fileSystem.attributes(of: node)
      let isExecutable = attributes.kind == .directory || attributes.permissions & 0o111 != 0
      request.answer { reply in
        if isExecutable { reply.send(DoneAnswer()) } else { reply.fail(EACCES) }
      }
    }
  }

  func readLink(_ inode: UInt64, _ reply: consuming Reply<TargetAnswer>) {
    serve(reply) { [self] node, request throws(Failure) in
      request.answer(TargetAnswer(target: try await fileSystem.target(of: node)))
    }
  }

  func statistics(_ reply: consuming Reply<StatisticsAnswer>) {
    reply.send(StatisticsAnswer(statistics: fileSystem.statistics()))
  }

  /// The number that the kernel will ask with must be the node's own, and not 0, which means absent.
  func checkInode(of found: FoundNode<Tree.Node>) throws(Failure) {
    guard found.attributes.inode != 0, found.attributes.inode == fileSystem.inode(of: found.node) else {
      throw Failure(.local, "The node's inode number is not the one in its attributes.")
    }
  }
}
