import Glibc
import Primitives
import TestSupport
import Testing

@testable import FuseBridge

@Suite(
  "A real mount", .serialized, .timeLimit(.minutes(10)),
  .enabled(if: MountedTree.isPossible, "A mount needs /dev/fuse and root."))
struct MountedTreeTests {
  @Test("Programs list, read and examine the files")
  func programs() throws {
    let mount = try MountedTree()
    #expect(try run("cat", "\(mount.path)/link").output == "Hello, kernel\n")
    #expect(try run("cat", "\(mount.path)/big.bin").outputBytes == TestTree.big)
    #expect(try run("cat", "\(mount.path)/direct.bin").outputBytes == TestTree.big)

    let names = try run("ls", "-a", mount.path).output.split(separator: "\n")
    #expect(
      names == [
        ".", "..", "big.bin", "broken", "direct.bin", "failing", "folder", "growing", "hello.txt", "link",
        "slow", "stuck.bin",
      ])
    let listing = try run("ls", "-lan", "\(mount.path)/folder")
    #expect(listing.status == 0)
    #expect(listing.output.split(separator: "\n").count == 203)
    #expect(
      try run("stat", "-c", "%i %s %a %h %Y %F", "\(mount.path)/hello.txt").output
        == "2 14 444 1 1600000000 regular file\n")
    #expect(try run("stat", "-c", "%i %a %F", mount.path).output == "1 555 directory\n")
    #expect(try run("stat", "-f", "-c", "%S %b %f %c", mount.path).output == "4096 21 0 208\n")
    #expect(
      try run(
        "getfattr", "--absolute-names", "--only-values", "-n", "user.fus.version", "\(mount.path)/hello.txt"
      ).outputBytes
        == TestTree.attribute)
    #expect(
      try run("getfattr", "-d", "--absolute-names", "\(mount.path)/folder").output
        .contains("user.fus.version=\"A207FXXU2CUI2\""))
    #expect(try run("cat", "\(mount.path)/nowhere").status == 1)
    #expect(try run("cat", "\(mount.path)/broken").errors.contains("Input/output error"))
    #expect(try mount.end() == .unmounted)
  }

  @Test("Reads at any offset give those bytes")
  func randomReads() throws {
    let mount = try MountedTree()
    var generator = SplitMix(seed: 1)
    for _ in 0..<20 {
      let offset = Int.random(in: 0...TestTree.big.count, using: &generator)
      let count = Int.random(in: 1...50_000, using: &generator)
      for file in ["big.bin", "direct.bin"] {
        let bytes = try run(
          "dd", "if=\(mount.path)/\(file)", "iflag=skip_bytes,count_bytes", "skip=\(offset)",
          "count=\(count)",
          "bs=\(count)", "status=none")
        #expect(
          bytes.outputBytes == Array(TestTree.big.dropFirst(offset).prefix(count)),
          "\(file) \(offset) \(count)")
      }
    }
    #expect(try mount.end() == .unmounted)
  }

  @Test("A listing takes no notice of 64 reads that wait")
  func stuckReads() throws {
    let mount = try MountedTree { $0.maximumBackground = 128 }
    let readers = try (0..<64).map { index in
      try ChildProcess([
        "dd", "if=\(mount.path)/stuck.bin", "bs=1000", "skip=\(index)", "count=1", "status=none",
      ])
    }
    #expect(eventuallyBlocking { mount.tree.gate.waiting > 0 })
    let start = Instant.now
    let listing = try run("ls", "-la", "\(mount.path)/folder")
    #expect(listing.status == 0)
    #expect(Instant.now < start + .seconds(5))
    mount.tree.gate.open()
    for (index, reader) in readers.enumerated() {
      #expect(
        try reader.finish(within: .seconds(20)).outputBytes
          == Array(TestTree.big.dropFirst(index * 1000).prefix(1000)))
    }
    #expect(try mount.end() == .unmounted)
  }

  @Test("A lookup that waits holds up no other in its directory, and ends at once with Ctrl-C")
  func interruptedLookup() throws {
    let mount = try MountedTree()
    let stuck = try ChildProcess(["stat", "\(mount.path)/slow"])
    #expect(eventuallyBlocking { mount.tree.gate.waiting == 1 })
    #expect(try run("cat", "\(mount.path)/hello.txt").output == "Hello, kernel\n")
    #expect(try run("ls", mount.path).status == 0)
    stuck.signal(SIGINT)
    #expect(try stuck.finish(within: .seconds(20)).status == 128 + SIGINT)
    #expect(eventuallyBlocking { mount.tree.gate.waiting == 0 })
    #expect(try mount.end() == .unmounted)
  }

  @Test("A read that waits ends at the deadline")
  func deadline() throws {
    let mount = try MountedTree { $0.requestTimeout = .milliseconds(200) }
    let answer = try run("cat", "\(mount.path)/stuck.bin")
    #expect(answer.status == 1)
    #expect(eventuallyBlocking { mount.tree.gate.cancelled > 0 && mount.tree.gate.waiting == 0 })
    let direct = try run("stat", "\(mount.path)/slow")
    #expect(direct.errors.contains("Connection timed out"))
    #expect(try mount.end() == .unmounted)
  }

  @Test("Nothing can be changed")
  func changes() throws {
    let mount = try MountedTree()
    for arguments in [
      ["touch", "\(mount.path)/new"], ["touch", "\(mount.path)/hello.txt"], ["mkdir", "\(mount.path)/new"],
      ["rm", "-f", "\(mount.path)/hello.txt"], ["ln", "-s", "a", "\(mount.path)/new"],
      ["setfattr", "-n", "user.a", "-v", "b", "\(mount.path)/hello.txt"], ["chmod", "777", mount.path],
    ] {
      let result = try ChildProcess(arguments).finish(within: .seconds(20))
      #expect(result.status != 0)
      #expect(result.errors.contains("Read-only file system"), "\(arguments)")
    }
    #expect(try mount.end() == .unmounted)
  }

  @Test("A busy mount is unmounted lazily only, and leaves nothing")
  func unmounting() throws {
    let mount = try MountedTree()
    let reader = try ChildProcess(["cat", "\(mount.path)/stuck.bin"])
    #expect(eventuallyBlocking { mount.tree.gate.waiting > 0 })
    let busy = failure { try mount.session.unmount() }
    #expect(busy?.cause == "\(mount.path) is in use.")
    try unmountFileSystem(at: mount.path, lazy: true)
    #expect(try MountTable.current().mount(at: mount.path) == nil)
    mount.tree.gate.open()
    #expect(try reader.finish(within: .seconds(20)).outputBytes == TestTree.big)
    let gone = failure { try mount.session.unmount() }
    #expect(gone?.code == .notFound)
    #expect(rmdir(mount.path) == 0)
  }

  @Test("The read-ahead is raised in the mount's own device")
  func readAhead() throws {
    let mount = try MountedTree()
    try mount.session.raiseReadAhead(kib: 1024)
    let device = try #require(try MountTable.current().mount(at: mount.path)?.device)
    #expect(try run("cat", "/sys/class/bdi/\(device)/read_ahead_kb").output == "1024\n")
    #expect(try mount.end() == .unmounted)
  }
}

@Suite(
  "Mounts that are refused", .serialized,
  .enabled(if: MountedTree.isPossible, "A mount needs /dev/fuse and root."))
struct MountRefusalTests {
  private func refusal(_ path: String, options: [String] = []) -> Failure? {
    var configuration = MountConfiguration(mountpoint: path)
    configuration.options = options
    return failure {
      _ = try FuseSession.mount(TestTree(), configuration, workers: SocketSession.workers)
    }
  }

  @Test("A missing directory, a file and an unknown option each have their sentence")
  func sentences() throws {
    #expect(refusal("/nowhere/at/all")?.cause == "There is no directory /nowhere/at/all.")
    #expect(refusal("/etc/passwd")?.cause == "/etc/passwd is not a directory.")
    let directory = TemporaryDirectory()
    let path = directory.path
    defer { withExtendedLifetime(directory) {} }
    let unknown = refusal(path, options: ["nonsense"])
    #expect(unknown?.code == .invalid)
    #expect(unknown?.cure?.contains("nonsense") == true)
    #expect(try MountTable.current().mount(at: path) == nil)
  }

  @Test("A directory with a mount is refused")
  func mountedTwice() throws {
    let mount = try MountedTree()
    let again = refusal(mount.path)
    #expect(again?.cause == "\(mount.path) has a file system mounted on it already.")
    #expect(again?.cure == "Unmount it first: fusfs unmount \(mount.path)")
    #expect(try mount.end() == .unmounted)
  }

  @Test("A mount whose program has ended is refused, and can be unmounted")
  func deadMount() throws {
    let directory = TemporaryDirectory()
    let path = directory.path
    defer { withExtendedLifetime(directory) {} }
    let device = open("/dev/fuse", O_RDWR | O_CLOEXEC)
    let status = mount("dead", path, "fuse", 0, "fd=\(device),rootmode=40000,user_id=0,group_id=0")
    close(device)
    try #require(status == 0)
    let dead = refusal(path)
    #expect(dead?.cause == "\(path) still has a mount whose program has ended.")
    #expect(dead?.cure == "Unmount it first: fusfs unmount \(path)")
    try unmountFileSystem(at: path, lazy: false)
    #expect(try MountTable.current().mount(at: path) == nil)
  }

  @Test("Only FUSE file systems are unmounted")
  func foreignMounts() {
    let proc = failure { try unmountFileSystem(at: "/proc", lazy: false) }
    #expect(proc?.code == .invalid)
    let nothing = failure { try unmountFileSystem(at: "/etc", lazy: false) }
    #expect(nothing?.cause == "Nothing is mounted at /etc.")
  }
}

/// The failure that the body throws; nil if it throws none.
private func failure(_ body: () throws -> Void) -> Failure? {
  do {
    try body()
    return nil
  } catch {
    return error as? Failure
  }
}
