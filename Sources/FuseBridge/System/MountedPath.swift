import CFuse
import Glibc
package import Primitives

/// A file or directory of a mount, opened by a program that wants it fetched. Its failures call it “it”: whoever tells
/// them names it.
package final class MountedPath: Sendable {
  private let descriptor: Int32

  /// `FUSE_SUPER_MAGIC`
  private static let fuseMagic = 0x6573_5546

  /// Throws where there is nothing, and `Failure.Code.unsupported` for what is in no FUSE file system.
  package init(_ path: String) throws(Failure) {
    // A FIFO must not make the program wait.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw .system("It cannot be opened", errno: errno) }
    var status = statfs()
    guard fstatfs(descriptor, &status) == 0, Int(status.f_type) == Self.fuseMagic else {
      throw Self.notMounted
    }
  }

  deinit { close(descriptor) }

  /// Asks the mount, which may take long. The corresponding C function is `ioctl`.
  package func ask(_ control: FetchControl) throws(Failure) -> FetchState {
    var answer: (size: UInt64, cached: UInt64) = (0, 0)
    guard ioctl(descriptor, UInt(control.rawValue), &answer) >= 0 else {
      switch errno {
      case ENOTTY, ENOSYS: throw Self.notMounted
      case EISDIR:
        throw Failure(.isDirectory, "It is a directory of many releases.", cure: "Name one of them.")
      case EINTR: throw Failure(.interrupted, "The fetch was given up.")
      default:
        throw Failure.system("It cannot be fetched", errno: errno)
          .cured(by: "See .fusfs/log of the mount.")
      }
    }
    return try FetchState(told: answer.size, answer.cached)
  }

  private static let notMounted = Failure(.unsupported, "It is in no mount of fusfs.")
}
