import CFuse
import Glibc
import Primitives
import TestSupport
import Testing

@testable import FuseBridge

@Suite("Requests that wait, and are given up", .timeLimit(.minutes(10)))
struct GivingUpTests {
  @Test("Reads that wait hold up nobody, and are answered when their bytes come")
  func laterAnswers() throws {
    let session = try SocketSession()
    let stuck = try session.look("stuck.bin")
    let handle = try session.open(stuck)
    let reads = (0..<64).map { session.sendRead(stuck, handle: handle, offset: $0 * 4096, size: 4096) }
    #expect(eventuallyBlocking { session.tree.gate.waiting == 64 })
    for _ in 0..<10 { #expect(try session.look("hello.txt") == 2) }
    session.tree.gate.open()
    for (index, read) in reads.enumerated() {
      let expected = TestTree.big.dropFirst(index * 4096).prefix(4096)
      #expect(try session.peer.answer(to: read).body == Array(expected))
    }
    #expect(session.end() == .unmounted)
  }

  @Test("An interrupted lookup is answered at once, and its task cancelled")
  func interrupt() throws {
    let session = try SocketSession()
    let lookup = session.peer.send(.lookup, 1, Packer().string("slow"))
    #expect(eventuallyBlocking { session.tree.gate.waiting == 1 })
    session.peer.interrupt(lookup)
    #expect(try session.peer.answer(to: lookup).error == EINTR)
    #expect(eventuallyBlocking { session.tree.gate.cancelled == 1 })
    #expect(session.reported.isEmpty)
    #expect(session.end() == .unmounted)
  }

  @Test("An interrupt that overtakes its request, and others, is heeded")
  func earlyInterrupt() throws {
    let session = try SocketSession()
    for turn in 0..<50 {
      let others = turn % 3
      let next = session.peer.send(.statfs, 1) + 2 + 2 * UInt64(others)
      session.peer.interrupt(next)
      for _ in 0..<others { #expect(try session.peer.ask(.statfs, 1).error == 0) }
      let lookup = session.peer.send(.lookup, 1, Packer().string("slow"))
      #expect(lookup == next)
      #expect(try session.peer.answer(to: lookup).error == EINTR)
    }
    #expect(session.end() == .unmounted)
  }

  @Test("A request is answered with ETIMEDOUT at its deadline, which is reported")
  func deadline() throws {
    let session = try SocketSession(timeout: .milliseconds(50))
    let stuck = try session.look("stuck.bin")
    let handle = try session.open(stuck)
    let read = session.sendRead(stuck, handle: handle, offset: 0, size: 4096)
    #expect(try session.peer.answer(to: read).error == ETIMEDOUT)
    #expect(eventuallyBlocking { session.tree.gate.cancelled == 1 })
    #expect(eventuallyBlocking { session.reported == ["read 5 timedOut"] })
    #expect(try session.look("hello.txt") == 2)
    #expect(session.end() == .unmounted)
  }

  @Test("A failure is told to who asked before it is reported, however long that takes")
  func answerBeforeReport() throws {
    let held = Semaphore()
    let session = try SocketSession { held.wait() }
    defer { for _ in 0..<3 { held.signal() } }
    let inode = try session.look("broken")
    let handle = try session.open(inode)
    for offset in [0, 4096] as [UInt64] {
      let read = session.sendRead(inode, handle: handle, offset: offset, size: 10)
      #expect(try session.peer.answer(to: read).error == EIO)
    }
    #expect(try session.peer.ask(.opendir, inode, Packer().u32(0).u32(0)).error == ENOTDIR)
    #expect(session.reported.isEmpty)
    for _ in 0..<3 { held.signal() }
    #expect(eventuallyBlocking { session.reported.count == 3 })
    #expect(session.end() == .unmounted)
  }

  @Test("Deadlines that have passed are all met before one is reported")
  func deadlinesBeforeReports() throws {
    let (held, timeout) = (Semaphore(), Duration.milliseconds(50))
    let session = try SocketSession(timeout: timeout) { held.wait() }
    defer { for _ in 0..<9 { held.signal() } }
    let stuck = try session.look("stuck.bin")
    let handle = try session.open(stuck)
    let first = session.sendRead(stuck, handle: handle, offset: 0, size: 10)
    #expect(try session.peer.answer(to: first).error == ETIMEDOUT)
    let others = (1...8).map { session.sendRead(stuck, handle: handle, offset: $0 * 10, size: 10) }
    #expect(eventuallyBlocking { session.tree.gate.waiting == 8 })
    let past = Instant.now + timeout
    #expect(eventuallyBlocking { Instant.now > past })
    held.signal()
    for read in others { #expect(try session.peer.answer(to: read).error == ETIMEDOUT) }
    #expect(eventuallyBlocking { session.reported.count == 1 })
    for _ in others { held.signal() }
    #expect(eventuallyBlocking { session.reported.count == 9 })
    #expect(session.end() == .unmounted)
  }

  @Test("A file is closed only when the last read of it has ended")
  func lateClose() throws {
    let session = try SocketSession()
    let stuck = try session.look("stuck.bin")
    let handle = try session.open(stuck)
    let read = session.sendRead(stuck, handle: handle, offset: 0, size: 10)
    #expect(eventuallyBlocking { session.tree.gate.waiting == 1 })
    #expect(try session.peer.ask(.release, stuck, Packer().u64(handle).u64(0).u64(0)).error == 0)
    #expect(session.tree.closedFiles.isEmpty)
    session.tree.gate.open()
    #expect(try session.peer.answer(to: read).body == Array(TestTree.big.prefix(10)))
    #expect(eventuallyBlocking { session.tree.closedFiles == [stuck] })
    #expect(session.end() == .unmounted)
  }

  @Test("At the end what still waits is answered, and cancelled")
  func ending() throws {
    let session = try SocketSession()
    let stuck = try session.look("stuck.bin")
    let handle = try session.open(stuck)
    for offset in 0..<8 { _ = session.sendRead(stuck, handle: handle, offset: UInt64(offset), size: 10) }
    #expect(eventuallyBlocking { session.tree.gate.waiting == 8 })
    #expect(session.end() == .unmounted)
    #expect(eventuallyBlocking { session.tree.gate.cancelled == 8 })
    #expect(eventuallyBlocking { session.tree.closedFiles == [stuck] })
  }

  @Test("A request that is forgotten is answered with EIO, and its handler told")
  func forgottenReply() throws {
    let peer = try KernelPeer()
    let handler = ForgetfulHandler()
    let library = Locked<LibrarySession?>(try LibrarySession(handler, arguments: ["test"]))
    try library.withLock { try $0?.useSocket(peer.sessionSocket) }
    let ending = try Completion<Bool>()
    startThread(name: "session") {
      guard let library = library.withLock({ $0.take() }) else { return }
      ending.finish((try? library.loop(threads: 2, handlingSignals: false)) == .unmounted)
    }
    #expect(try peer.initialise().error == 0)
    #expect(try peer.ask(.lookup, 1, Packer().string("a")).error == EIO)
    #expect(try peer.ask(.getattr, 7, Packer().u32(0).u32(0).u64(0)).error == EIO)
    peer.disconnect()
    #expect(ending.wait(seconds: 20) == true)
    #expect(handler.forgotten.withLock { $0.sorted() } == ["getattr 7", "lookup 1"])
  }

  @Test("A request that is forgotten is reported like any other failure")
  func forgottenReport() throws {
    let reported = Locked<[String]>([])
    var configuration = MountConfiguration(mountpoint: "")
    configuration.onFailure = { operation, inode, failure in
      reported.withLock { $0.append("\(operation) \(inode) \(failure.code) \(failure.code.errno)") }
    }
    let handler = try FileSystemHandler(TestTree(), configuration, workers: SocketSession.workers)
    handler.forgot(.read, 5)
    handler.finish()
    #expect(reported.withLock { $0 } == ["read 5 local \(EIO)"])
  }
}

/// Does nothing with any request.
private final class ForgetfulHandler: RequestHandler {
  /// `operation inode` of each.
  let forgotten = Locked<[String]>([])

  func start(_ connection: inout fuse_conn_info) {}
  func forgot(_ operation: FuseBridge.Operation, _ inode: UInt64) {
    forgotten.withLock { $0.append("\(operation) \(inode)") }
  }
  func lookup(_ name: String, in directory: UInt64, _ reply: consuming Reply<EntryAnswer>) {}
  func forget(_ inode: UInt64, lookups: UInt64) {}
  func attributes(of inode: UInt64, _ reply: consuming Reply<AttributesAnswer>) {}
  func checkAccess(to inode: UInt64, mask: Int32, _ reply: consuming Reply<DoneAnswer>) {}
  func readLink(_ inode: UInt64, _ reply: consuming Reply<TargetAnswer>) {}
  func statistics(_ reply: consuming Reply<StatisticsAnswer>) {}
  func open(_ inode: UInt64, flags: Int32, _ reply: consuming Reply<HandleAnswer>) {}
  func read(
    _ inode: UInt64, handle: UInt64, size: Int, offset: Int64, _ reply: consuming Reply<BytesAnswer>
  ) {}
  func release(handle: UInt64, _ reply: consuming Reply<DoneAnswer>) {}
  func openDirectory(_ inode: UInt64, _ reply: consuming Reply<HandleAnswer>) {}
  func readDirectory(
    _ inode: UInt64, handle: UInt64, size: Int, offset: Int64, layout: DirectoryBlock.Layout,
    _ reply: consuming Reply<DirectoryBlock>
  ) {}
  func releaseDirectory(handle: UInt64, _ reply: consuming Reply<DoneAnswer>) {}
  func extendedAttribute(
    _ name: String, of inode: UInt64, room: Int, _ reply: consuming Reply<ExtendedAttributeAnswer>
  ) {}
  func extendedAttributeNames(
    of inode: UInt64, room: Int, _ reply: consuming Reply<ExtendedAttributeAnswer>
  ) {}
  func control(_ control: FetchControl, of inode: UInt64, _ reply: consuming Reply<FetchAnswer>) {}
}
