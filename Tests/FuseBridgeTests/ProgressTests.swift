import Glibc
import Primitives
import TestSupport
import Testing

@testable import FuseBridge

/// The timeout is far above what a loaded machine may delay a note by.
@Suite("Deadlines that progress puts off", .timeLimit(.minutes(10)))
struct ProgressTests {
  private static let timeout = Duration.seconds(3)

  private func sleep(until instant: Instant) {
    while Instant.now < instant { usleep(10_000) }
  }

  @Test(
    "A thousand requests that come along outlive several timeouts, a thousand that stop end one timeout later"
  )
  func manyRequests() throws {
    let session = try SocketSession(timeout: Self.timeout)
    let start = Instant.now
    let steady = Set((0..<1000).map { session.peer.send(.lookup, 1, Packer().string("steady-\($0)")) })
    var tired = Set((0..<1000).map { session.peer.send(.lookup, 1, Packer().string("tired-\($0)")) })
    while !tired.isEmpty {
      let answer = try session.peer.receive()
      try #require(tired.remove(answer.unique) != nil)
      #expect(answer.error == ETIMEDOUT)
    }
    #expect(Instant.now >= session.tree.lastNote.withLock { $0 } + Self.timeout)
    sleep(until: start + Self.timeout * 3)

    let interrupted = try #require(steady.first)
    session.peer.interrupt(interrupted)
    #expect(try session.peer.receive() == KernelPeer.Answer(unique: interrupted, error: EINTR, body: []))
    session.tree.gate.open()
    var rest = steady.subtracting([interrupted])
    while !rest.isEmpty {
      let answer = try session.peer.receive()
      try #require(rest.remove(answer.unique) != nil)
      #expect(answer.error == 0)
    }
    #expect(eventuallyBlocking { session.reported.count == 1000 })
    #expect(Set(session.reported) == ["lookup 1 timedOut"])
    #expect(session.end() == .unmounted)
  }

  @Test("Progress on one request puts off no other's deadline")
  func neighbours() throws {
    let session = try SocketSession(timeout: Self.timeout)
    let steady = session.peer.send(.lookup, 1, Packer().string("steady"))
    let slow = session.peer.send(.lookup, 1, Packer().string("slow"))
    #expect(eventuallyBlocking { session.tree.gate.waiting == 2 })
    let answer = try session.peer.receive()
    #expect(answer.unique == slow)
    #expect(answer.error == ETIMEDOUT)
    session.tree.gate.open()
    #expect(try session.peer.answer(to: steady).error == 0)
    #expect(session.end() == .unmounted)
  }

  @Test("What is known at once is answered on the thread that read the request")
  func immediateWork() throws {
    let session = try SocketSession()
    #expect(try session.look("thread") == 0)
    let thread = try #require(session.tree.threadName.withLock { $0 })
    #expect(!thread.starts(with: Array("test".utf8)), "a thread of SocketSession.workers")
    #expect(session.end() == .unmounted)
  }
}

@Suite(
  "Listings that wait, in a real mount", .serialized, .timeLimit(.minutes(10)),
  .enabled(if: MountedTree.isPossible, "A mount needs /dev/fuse and root."))
struct WaitingListingTests {
  private static let names = "file-0\nfile-1\nfile-2\nfile-3\nfile-4\n"

  @Test(
    "A listing may wait for several timeouts, and holds up neither another of its directory nor a lookup there"
  )
  func parallelListings() throws {
    let mount = try MountedTree { $0.requestTimeout = .seconds(2) }
    let start = Instant.now
    let first = try ChildProcess(["ls", "\(mount.path)/growing"])
    #expect(eventuallyBlocking { mount.tree.gate.waiting == 1 })
    // The second gets as far as the first, so nothing held it up.
    let second = try ChildProcess(["ls", "-l", "\(mount.path)/growing"])
    #expect(eventuallyBlocking { mount.tree.gate.waiting == 2 })
    #expect(try run("cat", "\(mount.path)/growing/file-4").outputBytes == [7])
    #expect(try run("ls", "-d", "\(mount.path)/growing").status == 0)
    while Instant.now < start + .seconds(5) { usleep(10_000) }
    #expect(mount.tree.gate.waiting == 2)
    mount.tree.gate.open()
    #expect(try first.finish(within: .seconds(20)).output == Self.names)
    let long = try second.finish(within: .seconds(20))
    #expect(long.status == 0)
    #expect(long.output.split(separator: "\n").count == 6)
    #expect(try mount.end() == .unmounted)
  }

  @Test("A listing that waits ends at once with Ctrl-C, and the next begins anew")
  func interruptedListing() throws {
    let mount = try MountedTree()
    let stuck = try ChildProcess(["ls", "\(mount.path)/growing"])
    #expect(eventuallyBlocking { mount.tree.gate.waiting == 1 })
    stuck.signal(SIGINT)
    #expect(try stuck.finish(within: .seconds(20)).status == 128 + SIGINT)
    #expect(eventuallyBlocking { mount.tree.gate.waiting == 0 })
    mount.tree.gate.open()
    #expect(try run("ls", "\(mount.path)/growing").output == Self.names)
    #expect(try mount.end() == .unmounted)
  }

  @Test("A listing that fails midway gives the names before it, and then the error")
  func failingListing() throws {
    let mount = try MountedTree()
    for options in [["-U"], ["-l"]] {
      let listing = try ChildProcess(["ls"] + options + ["\(mount.path)/failing"]).finish(
        within: .seconds(20))
      #expect(listing.status != 0)
      #expect(listing.errors.contains("Input/output error"))
      for name in ["file-0", "file-1", "file-2"] { #expect(listing.output.contains(name)) }
    }
    #expect(try mount.end() == .unmounted)
  }
}
