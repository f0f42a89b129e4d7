import Glibc
import Primitives
import TestSupport

@testable import FuseBridge

/// A `TestTree` mounted in a directory of its own, which must not be looked at by this process.
final class MountedTree {
  static var isPossible: Bool { access("/dev/fuse", R_OK | W_OK) == 0 && geteuid() == 0 }

  let tree = TestTree()
  let path: String
  private let directory = TemporaryDirectory()
  let session: FuseSession<TestTree>
  private let ending: Completion<SessionEnding?>

  /// Returns when the mount is ready.
  init(_ configure: (inout MountConfiguration) -> Void = { _ in }) throws {
    path = "\(directory.path)/mount"
    guard mkdir(path, 0o700) == 0 else { throw Failure.system("mkdir \(path)", errno: errno) }
    ending = try Completion()
    let ready = try Completion<Bool>()
    var configuration = MountConfiguration(mountpoint: path)
    configuration.onReady = { ready.finish(true) }
    configure(&configuration)
    session = try FuseSession.mount(tree, configuration, workers: SocketSession.workers)
    startThread(name: "session") { [session, ending] in
      ending.finish(try? session.run(handlingSignals: false))
    }
    guard ready.wait(seconds: 20) != nil else { throw Failure(.timedOut, "The mount did not become ready.") }
  }

  deinit {
    try? session.unmount(lazy: true)
  }

  /// Unmounts; how serving ended, nil if it did not within 20 seconds.
  func end() throws -> SessionEnding? {
    try session.unmount()
    return ending.wait(seconds: 20) ?? nil
  }
}
