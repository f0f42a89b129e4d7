import Glibc
import Primitives
import TestSupport
import Testing

@testable import FuseBridge

@Suite("The kernel's protocol over a socket", .timeLimit(.minutes(10)))
struct ProtocolTests {
  @Test("INIT asks for parallel directory operations and readdirplus, and for no splicing")
  func initialisation() throws {
    let peer = try KernelPeer()
    let session = try FuseSession.serve(
      TestTree(), MountConfiguration(mountpoint: ""), socket: peer.sessionSocket,
      workers: SocketSession.workers)
    let ending = try Completion<SessionEnding?>()
    startThread(name: "session") { ending.finish(try? session.run(handlingSignals: false)) }
    var answer = Unpacker(try peer.initialise().body)
    #expect(answer.u32() == 7)
    answer.skip(4)
    #expect(answer.u32() == 1 << 20)
    let flags = answer.u32()
    #expect(flags & (1 << 0 | 1 << 13 | 1 << 18) == 1 << 0 | 1 << 13 | 1 << 18)
    #expect(flags & (1 << 14 | 1 << 7 | 1 << 8 | 1 << 9) == 0)
    #expect(answer.u32() == 3072 << 16 | 4096)
    peer.disconnect()
    #expect(ending.wait(seconds: 20) == .unmounted)
  }

  @Test("A lookup gives number, attributes and validities")
  func lookup() throws {
    let session = try SocketSession()
    let answer = try session.peer.ask(.lookup, 1, Packer().string("hello.txt"))
    #expect(answer.error == 0)
    var entry = Unpacker(answer.body)
    #expect(entry.u64() == 2)
    #expect(entry.u64() == 0)
    #expect(entry.u64() == 3)
    #expect(entry.u64() == 1_000_000_000)
    entry.skip(8)
    checkHello(&entry)
    #expect(session.end() == .unmounted)
  }

  @Test("getattr gives the same attributes")
  func attributes() throws {
    let session = try SocketSession()
    let inode = try session.look("hello.txt")
    var answer = Unpacker(try session.peer.ask(.getattr, inode, Packer().u32(0).u32(0).u64(0)).body)
    #expect(answer.u64() == 1_000_000_000)
    answer.skip(8)
    checkHello(&answer)
    #expect(session.end() == .unmounted)
  }

  /// struct fuse_attr of `hello.txt`.
  private func checkHello(_ attributes: inout Unpacker) {
    #expect(attributes.u64() == 2)
    #expect(attributes.u64() == UInt64(TestTree.hello.count))
    #expect(attributes.u64() == 1)
    attributes.skip(8)
    #expect(attributes.u64() == 1_600_000_000)
    attributes.skip(8 + 4)
    #expect(attributes.u32() == 5)
    attributes.skip(4)
    #expect(attributes.u32() == S_IFREG | 0o444)
    #expect(attributes.u32() == 1)
    #expect(attributes.u32() == 1234)
    #expect(attributes.u32() == 567)
  }

  @Test("An absent name is an answer without a node that the kernel may keep")
  func absentName() throws {
    let session = try SocketSession()
    let answer = try session.peer.ask(.lookup, 1, Packer().string("nowhere"))
    #expect(answer.error == 0)
    var entry = Unpacker(answer.body)
    #expect(entry.u64() == 0)
    entry.skip(8)
    #expect(entry.u64() == 7)
    #expect(session.end() == .unmounted)
  }

  @Test("Numbers that the kernel was never told, or gave back, are stale")
  func unknownNodes() throws {
    let session = try SocketSession()
    let getattr = Packer().u32(0).u32(0).u64(0)
    #expect(try session.peer.ask(.getattr, 2, getattr).error == ESTALE)
    #expect(try session.peer.ask(.lookup, 77, Packer().string("x")).error == ESTALE)

    let inode = try session.look("hello.txt")
    #expect(try session.look("hello.txt") == inode)
    session.peer.send(.forget, inode, Packer().u64(1))
    #expect(try session.peer.ask(.getattr, inode, getattr).error == 0)
    session.peer.send(.batchForget, 0, Packer().u32(1).u32(0).u64(inode).u64(1))
    // Requests run side by side, so the one behind the forget may still find the node.
    #expect(eventuallyBlocking { (try? session.peer.ask(.getattr, inode, getattr).error) == ESTALE })
    session.peer.send(.forget, 1, Packer().u64(.max))
    #expect(try session.peer.ask(.getattr, 1, getattr).error == 0)
    #expect(session.end() == .unmounted)
  }

  @Test("A file is opened, read anywhere and closed")
  func reading() throws {
    let session = try SocketSession()
    let inode = try session.look("big.bin")
    let opened = try session.peer.ask(.open, inode, Packer().u32(UInt32(O_RDONLY)).u32(0))
    var fields = Unpacker(opened.body)
    let handle = fields.u64()
    #expect(fields.u32() == 1 << 1)
    for (offset, size) in [
      (0, 4096), (4096, 100), (131_072, 65_536), (299_990, 4096), (300_000, 4096), (1 << 40, 1),
    ] {
      let unique = session.sendRead(inode, handle: handle, offset: UInt64(offset), size: UInt32(size))
      let answer = try session.peer.answer(to: unique)
      #expect(answer.body == Array(TestTree.big.dropFirst(offset).prefix(size)))
    }
    let unknown = session.sendRead(inode, handle: handle + 1, offset: 0, size: 1)
    #expect(try session.peer.answer(to: unknown).error == EBADF)
    let negative = session.sendRead(inode, handle: handle, offset: .max, size: 1)
    #expect(try session.peer.answer(to: negative).error == EINVAL)
    #expect(session.tree.closedFiles.isEmpty)
    let release = Packer().u64(handle).u32(0).u32(0).u64(0)
    #expect(try session.peer.ask(.release, inode, release).error == 0)
    #expect(eventuallyBlocking { session.tree.closedFiles == [inode] })
    #expect(session.end() == .unmounted)
  }

  @Test("A file without kept pages is opened for direct reads")
  func directReads() throws {
    let session = try SocketSession()
    let inode = try session.look("direct.bin")
    var fields = Unpacker(try session.peer.ask(.open, inode, Packer().u32(0).u32(0)).body)
    fields.skip(8)
    #expect(fields.u32() == 1 << 0)
    #expect(session.end() == .unmounted)
    #expect(session.tree.closedFiles == [inode])
  }

  @Test("What fails says its errno, and is reported")
  func failures() throws {
    let session = try SocketSession()
    let inode = try session.look("broken")
    let handle = try session.open(inode)
    let read = session.sendRead(inode, handle: handle, offset: 0, size: 10)
    #expect(try session.peer.answer(to: read).error == EIO)
    let later = session.sendRead(inode, handle: handle, offset: 4096, size: 10)
    #expect(try session.peer.answer(to: later).error == EIO)
    #expect(try session.peer.ask(.opendir, inode, Packer().u32(0).u32(0)).error == ENOTDIR)
    let failures = ["opendir 8 notDirectory", "read 8 network", "read 8 network"]
    #expect(eventuallyBlocking { session.reported.sorted() == failures })
    #expect(session.end() == .unmounted)
  }

  @Test("A listing gives every name once, in pieces; known nodes come with their attributes")
  func listing() throws {
    let session = try SocketSession()
    let folder = try session.look("folder")
    let handle = Unpacker(try session.peer.ask(.opendir, folder, Packer().u32(0).u32(0)).body).firstField
    for (opcode, size) in [(KernelPeer.Opcode.readdirplus, 4096), (.readdir, 1024)] {
      var names: [String] = []
      var position: UInt64 = 0
      while true {
        let body = Packer().u64(handle).u64(position).u32(UInt32(size)).u32(0).u64(0).u32(0).u32(0)
        let answer = try session.peer.ask(opcode, folder, body)
        try #require(answer.error == 0)
        #expect(answer.body.count <= size)
        if answer.body.isEmpty { break }
        var entries = Unpacker(answer.body)
        while !entries.rest.isEmpty {
          let node = opcode == .readdirplus ? entries.directoryNode() : nil
          let entry = entries.directoryEntry()
          if let node {
            #expect(node == (entry.name.hasPrefix("file") && entry.inode % 2 == 1 ? entry.inode : 0))
          }
          names.append(entry.name)
          position = entry.next
        }
      }
      #expect(names == [".", ".."] + (0..<200).map { "file-\($0)" })
    }
    let getattr = Packer().u32(0).u32(0).u64(0)
    #expect(try session.peer.ask(.getattr, 1001, getattr).error == 0)
    #expect(try session.peer.ask(.getattr, 1002, getattr).error == ESTALE)
    let tooSmall = Packer().u64(handle).u64(2).u32(8).u32(0).u64(0).u32(0).u32(0)
    #expect(try session.peer.ask(.readdir, folder, tooSmall).error == EINVAL)
    #expect(session.end() == .unmounted)
  }

  @Test("A peer that leaves before it has taken its answers has unmounted")
  func leaving() throws {
    let session = try SocketSession()
    session.peer.send(.getattr, 1, Packer().u32(0).u32(0).u64(0))
    var hadAnswers = false
    let ending = session.end { hadAnswers = $0.leaveUnread() }
    #expect(ending == .unmounted && hadAnswers)
  }

  @Test("A link has a target, the file system statistics, a file extended attributes")
  func metadata() throws {
    let session = try SocketSession()
    let link = try session.look("link")
    #expect(try session.peer.ask(.readlink, link).body == Array("hello.txt".utf8))

    var statistics = Unpacker(try session.peer.ask(.statfs, 1).body)
    #expect(statistics.u64() == 21)
    #expect([statistics.u64(), statistics.u64(), statistics.u64()] == [0, 0, 208])
    statistics.skip(8)
    #expect([statistics.u32(), statistics.u32(), statistics.u32()] == [4096, 255, 4096])

    let inode = try session.look("hello.txt")
    func attribute(_ name: String, room: UInt32) throws -> KernelPeer.Answer {
      try session.peer.ask(.getxattr, inode, Packer().u32(room).u32(0).string(name))
    }
    #expect(try attribute("user.fus.version", room: 100).body == TestTree.attribute)
    #expect(Unpacker(try attribute("user.fus.version", room: 0).body).firstField == UInt64(13))
    #expect(try attribute("user.fus.version", room: 12).error == ERANGE)
    #expect(try attribute("user.other", room: 100).error == ENODATA)
    #expect(try attribute("security.capability", room: 100).error == ENODATA)
    #expect(try attribute("system.posix_acl_access", room: 100).error == ENODATA)
    let names = try session.peer.ask(.listxattr, inode, Packer().u32(100).u32(0))
    #expect(names.body == Array("user.fus.version\0".utf8))
    #expect(session.end() == .unmounted)
  }

  @Test("Whatever would change something says that the file system is read-only")
  func changes() throws {
    let session = try SocketSession()
    let inode = try session.look("hello.txt")
    func expectReadOnly(_ opcode: KernelPeer.Opcode, _ body: Packer) throws {
      #expect(try session.peer.ask(opcode, inode, body).error == EROFS, "\(opcode)")
    }
    let zeros = (0..<22).reduce(Packer()) { packer, _ in packer.u32(0) }
    let name = Packer().string("a")
    try expectReadOnly(.setattr, zeros)
    try expectReadOnly(.mknod, Packer().u64(0).u64(0).string("a"))
    try expectReadOnly(.mkdir, Packer().u64(0).string("a"))
    try expectReadOnly(.unlink, name)
    try expectReadOnly(.rmdir, name)
    try expectReadOnly(.symlink, name.string("b"))
    try expectReadOnly(.rename, Packer().u64(1).string("a").string("b"))
    try expectReadOnly(.rename2, Packer().u64(1).u64(0).string("a").string("b"))
    try expectReadOnly(.link, Packer().u64(1).string("a"))
    try expectReadOnly(.write, Packer().u64(0).u64(0).u32(1).u32(0).u64(0).u64(0).string(""))
    try expectReadOnly(.create, Packer().u64(0).u64(0).string("a"))
    try expectReadOnly(.setxattr, Packer().u64(1).string("user.a").string(""))
    try expectReadOnly(.removexattr, Packer().string("user.a"))
    try expectReadOnly(.fallocate, zeros)
    try expectReadOnly(.copyFileRange, zeros)
    try expectReadOnly(.open, Packer().u32(UInt32(O_WRONLY)).u32(0))
    try expectReadOnly(.open, Packer().u32(UInt32(O_RDWR)).u32(0))
    try expectReadOnly(.open, Packer().u32(UInt32(O_RDONLY | O_TRUNC)).u32(0))
    try expectReadOnly(.access, Packer().u32(UInt32(W_OK)).u32(0))
    #expect(try session.peer.ask(.access, inode, Packer().u32(UInt32(R_OK)).u32(0)).error == 0)
    #expect(try session.peer.ask(.access, inode, Packer().u32(UInt32(X_OK)).u32(0)).error == EACCES)
    #expect(try session.peer.ask(.access, 1, Packer().u32(UInt32(X_OK)).u32(0)).error == 0)
    #expect(try session.peer.ask(.ioctl, inode, zeros).error == ENOTTY)
    #expect(session.end() == .unmounted)
  }
}

extension Unpacker {
  /// The first field alone: 8 bytes, in an answer of 8 or more.
  var firstField: UInt64 {
    var copy = self
    return copy.u64()
  }

  /// The head of a readdirplus entry: the node's number, 0 where nothing is said of the node.
  mutating func directoryNode() -> UInt64 {
    let node = u64()
    skip(120)
    return node
  }

  mutating func directoryEntry() -> (name: String, inode: UInt64, next: UInt64) {
    let inode = u64()
    let next = u64()
    let length = Int(u32())
    skip(4)
    let name = String(decoding: bytes(length), as: UTF8.self)
    skip((8 - length % 8) % 8)
    return (name, inode, next)
  }
}
