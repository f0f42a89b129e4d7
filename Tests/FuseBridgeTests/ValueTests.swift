import Glibc
import Primitives
import TestSupport
import Testing

@testable import FuseBridge

@Suite("Tables and lists")
struct ValueTests {
  @Test("An inode is known until as many lookups are forgotten as were counted")
  func inodes() {
    var table = InodeTable(root: "root")
    table.remember(5, "five", parent: 1)
    table.remember(5, "five again", parent: 9)
    #expect(table.node(5) == "five")
    #expect(table.parent(of: 5) == 1)
    table.forget(5, lookups: 1)
    #expect(table.node(5) == "five")
    table.forget(5, lookups: 7)
    #expect(table.node(5) == nil)
    table.forget(6, lookups: 1)
    table.forget(1, lookups: .max)
    #expect(table.node(1) == "root")
    #expect(table.parent(of: 1) == 1)
    #expect(table.count == 1)
  }

  @Test("Handles are not used twice")
  func handles() {
    var table = HandleTable<String>()
    let first = table.add("a")
    #expect(table.remove(first) == "a")
    #expect(table.remove(first) == nil)
    let second = table.add("b")
    #expect(second != first)
    #expect(table[second] == "b")
    #expect(table.removeAll() == ["b"])
    #expect(table.count == 0)
  }

  @Test("Each handle is that of its own value, whoever comes and goes")
  func manyHandles() {
    var random = SplitMix(seed: 5)
    var table = HandleTable<Int>()
    var open: [UInt64: Int] = [:]
    var closed: Set<UInt64> = []
    for value in 0..<5000 {
      if let handle = open.keys.randomElement(using: &random), Bool.random(using: &random) {
        #expect(table.remove(handle) == open.removeValue(forKey: handle))
        closed.insert(handle)
      } else {
        let handle = table.add(value)
        #expect(open.updateValue(value, forKey: handle) == nil && !closed.contains(handle))
      }
      #expect(table.count == open.count)
    }
    for (handle, value) in open { #expect(table[handle] == value) }
    for handle in closed { #expect(table[handle] == nil) }
    #expect(table[.max] == nil)
  }

  @Test("A list keeps the order of arrival whoever leaves it")
  func arrivals() {
    var list = ArrivalList<Int>()
    var places = (0..<100).map { list.append($0) }
    for index in stride(from: 0, to: 100, by: 3) { #expect(list.remove(at: places[index]) == index) }
    places = (100..<150).map { list.append($0) }
    list.remove(at: places[49])
    var left: [Int] = []
    while let first = list.first {
      #expect(list.removeFirst() == first)
      left.append(first)
    }
    #expect(left == (0..<100).filter { $0 % 3 != 0 } + Array(100..<149))
    #expect(list.isEmpty)
    #expect(list.removeFirst() == nil)
  }

  @Test("Buffers have room for what is asked, and idle ones stay under the limit")
  func buffers() throws {
    let pool = BufferPool(keptBytes: 20 << 10)
    #expect(pool.take(1)?.size == 4 << 10)
    #expect(pool.take(4097)?.size == 8 << 10)
    let large = try #require(pool.take(1 << 20))
    #expect(large.size == 1 << 20)
    let small = try #require(pool.take(16 << 10))
    pool.put(large)
    #expect(pool.idleBytes == 0)
    pool.put(small)
    #expect(pool.idleBytes == 16 << 10)
    #expect(pool.take(8 << 10)?.size == 8 << 10)
    #expect(pool.take(9 << 10) === small)
    #expect(pool.idleBytes == 0)
  }

  @Test("The mount table gives device, path and type, with escapes undone; the last mount at a path counts")
  func mountTable() {
    let text = """
      24 1 8:1 / / rw,relatime - ext4 /dev/root rw
      36 24 0:41 / /mnt/my\\040fus\\134x ro,noatime shared:1 master:2 - fuse.fusfs fusfs ro,user_id=0
      37 24 0:42 / /mnt/twice rw - tmpfs none rw
      38 37 0:43 / /mnt/twice rw - fuse other rw
      39 24 0:44 / /mnt/bad\\9 rw - tmpfs none rw
      a line that is cut
      """
    let table = MountTable(parsing: Array(text.utf8))
    #expect(
      table.mount(at: "/mnt/my fus\\x")
        == MountTable.Mount(device: "0:41", path: "/mnt/my fus\\x", type: "fuse.fusfs", user: 0))
    #expect(table.paths(ofType: "fuse.fusfs", user: 0) == ["/mnt/my fus\\x"])
    #expect(table.paths(ofType: "fuse.fusfs", user: 1) == [])
    #expect(table.mount(at: "/mnt/twice")?.type == "fuse")
    #expect(table.mount(at: "/")?.isFuse == false)
    #expect(table.mount(at: "/mnt/bad\\9")?.device == "0:44")
    #expect(table.mount(at: "/mnt") == nil)
  }

  @Test("Attributes show no write, set-id or sticky bits, and sizes in blocks of 512 bytes")
  func attributes() {
    let time = Timestamp(seconds: -5, nanoseconds: 2_000_000_000)
    let attributes = Attributes(
      inode: 3, kind: .regularFile, size: 513, modified: time, permissions: 0o7777, validity: .none)
    let status = attributes.status(owner: Owner(user: 1, group: 2))
    #expect(status.st_mode == S_IFREG | 0o555)
    #expect(status.st_blocks == 2)
    #expect(status.st_mtim.tv_sec == -5)
    #expect(status.st_mtim.tv_nsec == 999_999_999)
    let huge = Attributes(inode: 3, kind: .regularFile, size: .max, modified: time, validity: .none)
    #expect(huge.status(owner: .current).st_size == .max)
    #expect(Validity.seconds(-1).timeout == 0)
    #expect(Validity.seconds(.infinity).timeout == Validity.forever.timeout)
    #expect(Validity.seconds(.nan).timeout == 0)
  }

  @Test(
    "Names that the kernel would refuse are not passed on",
    arguments: ["", ".", "..", "a/b", "a\0b", String(repeating: "x", count: 256)])
  func names(name: String) {
    #expect(!Entry<Int>(name: name, inode: 2, kind: .regularFile).hasUsableName)
    #expect(
      Entry<Int>(name: "x" + name.filter { $0 != "/" && $0 != "\0" }.prefix(200), inode: 2, kind: .directory)
        .hasUsableName)
    #expect(!Entry<Int>(name: "x", inode: 0, kind: .directory).hasUsableName)
  }

  @Test("Options reach libfuse one by one")
  func options() {
    var configuration = MountConfiguration(mountpoint: "/mnt")
    configuration.options = ["fsname=a\\,b", "allow_other"]
    let options = [
      "ro", "nosuid", "nodev", "noatime", "default_permissions", "fsname=a\\,b", "allow_other",
    ]
    #expect(configuration.arguments == ["fusfs"] + options.flatMap { ["-o", $0] })
  }

  @Test("A point in time is never beyond what can be counted")
  func instants() {
    let now = Instant.now
    #expect(now < now + .nanoseconds(1))
    #expect(now + .seconds(Int64.max) > now)
    #expect((now + .seconds(-10)).millisecondsFromNow == 0)
    #expect((now + .seconds(Int64.max)).millisecondsFromNow == Int32.max)
  }
}
