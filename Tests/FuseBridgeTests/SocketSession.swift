import Glibc
import Primitives

@testable import FuseBridge

/// A session whose kernel is a `KernelPeer`, served on a thread of its own.
final class SocketSession {
  static let workers = WorkerPool(threads: 2, name: "test")

  let tree: TestTree
  let peer: KernelPeer
  private let ending: Completion<SessionEnding?>
  private let failures = Locked<[String]>([])

  /// A session after its INIT.
  ///
  /// - Parameter whenFailed: called before a failure is counted as reported.
  init(timeout: Duration = .seconds(60), whenFailed: @escaping @Sendable () -> Void = {}) throws {
    // An answer to a peer that has left.
    signal(SIGPIPE, SIG_IGN)
    tree = TestTree()
    peer = try KernelPeer()
    ending = try Completion()
    var configuration = MountConfiguration(mountpoint: "")
    configuration.requestTimeout = timeout
    configuration.owner = Owner(user: 1234, group: 567)
    configuration.onFailure = { [failures] operation, inode, failure in
      whenFailed()
      failures.withLock { $0.append("\(operation) \(inode) \(failure.code)") }
    }
    let session = try FuseSession.serve(
      tree, configuration, socket: peer.sessionSocket, workers: Self.workers)
    startThread(name: "session") { [ending] in
      ending.finish(try? session.run(handlingSignals: false))
    }
    let answer = try peer.initialise()
    guard answer.error == 0 else { throw KernelPeer.NoAnswer() }
  }

  /// `operation inode code` of each failure reported.
  var reported: [String] {
    // In memory of its own: the thread sanitizer does not see how owners of an array are counted.
    failures.withLock { $0.map(\.self) }
  }

  /// Ends the session; how it ended, nil if it did not within 20 seconds.
  ///
  /// - Parameter how: the peer's part of it.
  func end(_ how: (KernelPeer) -> Void = { $0.disconnect() }) -> SessionEnding? {
    how(peer)
    return ending.wait(seconds: 20) ?? nil
  }

  /// The node and its attributes, known to the session from now on.
  func look(_ name: String, in directory: UInt64 = 1) throws -> UInt64 {
    var answer = Unpacker(try peer.ask(.lookup, directory, Packer().string(name)).body)
    return answer.u64()
  }

  /// The handle of a file opened for reading.
  func open(_ inode: UInt64) throws -> UInt64 {
    var answer = Unpacker(try peer.ask(.open, inode, Packer().u32(0).u32(0)).body)
    return answer.u64()
  }

  /// Sends a read; its unique number.
  func sendRead(_ inode: UInt64, handle: UInt64, offset: UInt64, size: UInt32) -> UInt64 {
    peer.send(.read, inode, Packer().u64(handle).u64(offset).u32(size).u32(0).u64(0).u32(0).u32(0))
  }
}

extension KernelPeer {
  /// Says what the kernel offers: version 7.38 and the flags of those that matter here.
  func initialise() throws -> Answer {
    let flags: UInt32 = 1 << 0 | 1 << 13 | 1 << 14 | 1 << 18 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 22 | 1 << 23
    return try ask(.initialise, 0, Packer().u32(7).u32(38).u32(1 << 20).u32(flags))
  }
}
