import FuseBridge
import Glibc
import Primitives

/// Mounts a file system that does nothing but answer from memory, so that the bridge alone is measured.
///
///     bridge-null MOUNTPOINT BYTES
///
/// It stays in the foreground and ends when it is unmounted or gets SIGTERM.
@main
enum BridgeNull {
  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let size = UInt64(arguments[2]), size > 0 else {
      complain("usage: bridge-null MOUNTPOINT BYTES")
      exit(2)
    }
    do throws(Failure) {
      try serve(NullFileSystem(size: size), at: arguments[1])
    } catch {
      complain("bridge-null: \(error.cause)")
      exit(1)
    }
  }

  /// Mounted as the null file system in C is.
  private static func serve(_ fileSystem: NullFileSystem, at mountpoint: String) throws(Failure) {
    var configuration = MountConfiguration(mountpoint: mountpoint)
    configuration.options = ["fsname=null", "subtype=null"]
    configuration.maximumBackground = 512
    configuration.congestionThreshold = 384
    configuration.onMessage = complain
    let session = try FuseSession.mount(
      fileSystem, configuration, workers: WorkerPool(threads: 2, name: "null"))
    try? session.raiseReadAhead(kib: Int(configuration.readAheadBytes) / 1024)
    _ = try session.run()
  }

  @Sendable private static func complain(_ sentence: String) {
    let line = Array("\(sentence)\n".utf8)
    _ = unsafe write(STDERR_FILENO, line, line.count)
  }
}
