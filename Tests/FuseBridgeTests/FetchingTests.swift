import Glibc
import Primitives
import TestSupport
import Testing

@testable import FuseBridge

@Suite("What is asked of an open file beside its bytes", .timeLimit(.minutes(10)))
struct FetchingTests {
  /// struct fuse_ioctl_in, without what would come behind it.
  private func request(_ command: UInt32, room: UInt32 = 16, directory: Bool = false) -> Packer {
    Packer().u64(0).u32(directory ? 1 << 4 : 0).u32(command).u64(0).u32(0).u32(room)
  }

  /// struct fuse_ioctl_out, and the two numbers behind it.
  private func state(_ answer: KernelPeer.Answer) -> FetchState {
    var fields = Unpacker(answer.body)
    #expect(fields.u32() == 0)
    fields.skip(12)
    return FetchState(size: fields.u64(), cached: fields.u64())
  }

  @Test("The state is told, and what is fetched is there")
  func fetch() throws {
    let session = try SocketSession()
    let big = try session.look("big.bin")
    let size = UInt64(TestTree.big.count)
    let before = try session.peer.ask(.ioctl, big, request(0x8010_F501))
    #expect(state(before) == FetchState(size: size, cached: 0))
    let after = try session.peer.ask(.ioctl, big, request(0x8010_F502))
    #expect(state(after) == FetchState(size: size, cached: size))
    #expect(session.end() == .unmounted)
  }

  @Test("A fetch that waits can be interrupted, and fails with the tree's own errno")
  func failures() throws {
    let session = try SocketSession()
    let stuck = session.peer.send(.ioctl, try session.look("stuck.bin"), request(0x8010_F502))
    #expect(eventuallyBlocking { session.tree.gate.waiting == 1 })
    session.peer.interrupt(stuck)
    #expect(try session.peer.answer(to: stuck).error == EINTR)
    #expect(eventuallyBlocking { session.tree.gate.cancelled == 1 })
    let broken = try session.look("broken")
    #expect(try session.peer.ask(.ioctl, broken, request(0x8010_F502)).error == ENETUNREACH)
    let folder = try session.look("folder")
    #expect(try session.peer.ask(.ioctl, folder, request(0x8010_F502, directory: true)).error == EISDIR)
    #expect(try session.peer.ask(.ioctl, 4711, request(0x8010_F501)).error == ESTALE)
    #expect(session.end() == .unmounted)
  }

  @Test(
    "Other commands, and answers without room, are refused", arguments: [0, 0x5413, 0x8010_F500, 0x8010_F503])
  func others(command: UInt32) throws {
    let session = try SocketSession()
    let hello = try session.look("hello.txt")
    #expect(try session.peer.ask(.ioctl, hello, request(command)).error == ENOTTY)
    #expect(try session.peer.ask(.ioctl, hello, request(0x8010_F501, room: 15)).error == ENOTTY)
    #expect(session.end() == .unmounted)
  }

  @Test(
    "A state that cannot be is refused",
    arguments: [(4, 5), (0, 1), (0, .max), (1 << 63, 0), (.max, .max)] as [(UInt64, UInt64)])
  func impossible(size: UInt64, cached: UInt64) throws {
    #expect {
      try FetchState(told: size, cached)
    } throws: {
      ($0 as? Failure)?.code == .damaged
    }
  }

  @Test("A state that can be is taken", arguments: [(0, 0), (4, 4), (1 << 62, 3)] as [(UInt64, UInt64)])
  func possible(size: UInt64, cached: UInt64) throws {
    #expect(try FetchState(told: size, cached) == FetchState(size: size, cached: cached))
  }

  @Test("What is in no FUSE file system is told so")
  func elsewhere() throws {
    let folder = TemporaryDirectory()
    #expect(throws: Failure(.unsupported, "It is in no mount of fusfs.")) { try MountedPath(folder.path) }
    #expect(throws: Failure(.notFound, "It cannot be opened: No such file or directory.")) {
      try MountedPath("\(folder.path)/none")
    }
  }
}
