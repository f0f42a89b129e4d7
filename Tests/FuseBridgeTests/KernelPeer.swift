import Glibc
import Primitives

@testable import FuseBridge

/// The kernel's side of the FUSE protocol (linux/fuse.h), spoken over a socket.
///
/// ```
/// request   | length 4 | opcode 4 | unique 8 | node 8 | uid 4 | gid 4 | pid 4 | 0 4 | body …
/// answer    | length 4 | -errno 4 | unique 8 | body …
/// ```
/// An interrupt has the number of its request plus one.
final class KernelPeer {
  enum Opcode: UInt32 {
    case lookup = 1
    case forget, getattr, setattr, readlink, symlink
    case mknod = 8
    case mkdir, unlink, rmdir, rename, link, open, read, write, statfs, release
    case fsync = 20
    case setxattr, getxattr, listxattr, removexattr, flush, initialise, opendir, readdir, releasedir
    case access = 34
    case create, interrupt
    case ioctl = 39
    case batchForget = 42
    case fallocate, readdirplus, rename2
    case copyFileRange = 47
  }

  struct Answer: Equatable {
    let unique: UInt64
    /// 0, or a positive errno.
    let error: Int32
    let body: [UInt8]
  }

  struct NoAnswer: Error {}

  /// The session's end.
  let sessionSocket: Int32
  private var socket: Int32
  private var lastUnique: UInt64 = 0
  private var early: [Answer] = []
  /// Requests that are interrupted and have no answer yet.
  private var interrupted: Set<UInt64> = []

  init() throws {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0 else { throw NoAnswer() }
    (socket, sessionSocket) = (ends[0], ends[1])
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var room: Int32 = 1 << 20
    setsockopt(sessionSocket, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { leave() }

  /// The mount's end.
  func disconnect() { shutdown(socket, Int32(SHUT_RDWR)) }

  /// The mount's end, with answers on their way that nobody takes any more; false if there were none in time.
  func leaveUnread() -> Bool {
    var answers = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    let count = poll(&answers, 1, 20_000)
    leave()
    return count == 1
  }

  private func leave() {
    close(socket)
    socket = -1
  }

  /// Sends a request; its unique number.
  @discardableResult
  func send(_ opcode: Opcode, _ node: UInt64, _ body: Packer = Packer()) -> UInt64 {
    lastUnique += 2
    send(opcode, node, body, unique: lastUnique)
    return lastUnique
  }

  private func send(_ opcode: Opcode, _ node: UInt64, _ body: Packer, unique: UInt64) {
    var header = Packer().u32(UInt32(40 + body.bytes.count)).u32(opcode.rawValue).u64(unique).u64(node)
    header = header.u32(0).u32(0).u32(1).u32(0)
    let packet = header.bytes + body.bytes
    _ = write(socket, packet, packet.count)
  }

  /// Interrupts the request with this number, which may also be one that is sent next.
  func interrupt(_ unique: UInt64) {
    interrupted.insert(unique)
    sendInterrupt(unique)
  }

  private func sendInterrupt(_ unique: UInt64) {
    send(.interrupt, 0, Packer().u64(unique), unique: unique + 1)
  }

  /// The next answer to a request, whichever it is.
  ///
  /// EAGAIN for an interrupt asks for it again, as the kernel does too while its request waits: libfuse says that of
  /// one whose request has not come when some other has.
  func receive() throws -> Answer {
    while true {
      let answer = try receiveAny()
      guard answer.unique % 2 == 1 else {
        interrupted.remove(answer.unique)
        return answer
      }
      if answer.error == EAGAIN, interrupted.contains(answer.unique - 1) { sendInterrupt(answer.unique - 1) }
    }
  }

  private func receiveAny() throws -> Answer {
    var packet = [UInt8](repeating: 0, count: 1 << 20)
    let count = read(socket, &packet, packet.count)
    guard count >= 16 else { throw NoAnswer() }
    var unpacker = Unpacker(packet[..<count])
    _ = unpacker.u32()
    let error = Int32(bitPattern: unpacker.u32())
    return Answer(unique: unpacker.u64(), error: -error, body: unpacker.rest)
  }

  /// The answer to the request; those of others are kept.
  func answer(to unique: UInt64) throws -> Answer {
    while true {
      if let index = early.firstIndex(where: { $0.unique == unique }) { return early.remove(at: index) }
      early.append(try receive())
    }
  }

  func ask(_ opcode: Opcode, _ node: UInt64, _ body: Packer = Packer()) throws -> Answer {
    try answer(to: send(opcode, node, body))
  }
}

/// Little-endian fields one after another, as on the wire.
struct Packer {
  private(set) var bytes: [UInt8] = []

  func u32(_ value: UInt32) -> Packer { adding(value) }
  func u64(_ value: UInt64) -> Packer { adding(value) }
  /// A string with its zero byte.
  func string(_ value: String) -> Packer {
    var copy = self
    copy.bytes += Array(value.utf8) + [0]
    return copy
  }

  private func adding(_ value: some FixedWidthInteger) -> Packer {
    var copy = self
    withUnsafeBytes(of: value.littleEndian) { copy.bytes += $0 }
    return copy
  }
}

/// Takes such fields apart again; missing ones are zero.
struct Unpacker {
  private(set) var rest: [UInt8]

  init(_ bytes: some Sequence<UInt8>) { rest = Array(bytes) }

  mutating func u32() -> UInt32 { UInt32(truncatingIfNeeded: take(4)) }
  mutating func u64() -> UInt64 { take(8) }
  mutating func skip(_ count: Int) { rest.removeFirst(min(count, rest.count)) }
  mutating func bytes(_ count: Int) -> [UInt8] {
    defer { skip(count) }
    return Array(rest.prefix(count))
  }

  private mutating func take(_ count: Int) -> UInt64 {
    bytes(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
