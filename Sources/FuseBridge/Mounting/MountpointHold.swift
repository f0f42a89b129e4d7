import Glibc
import Primitives

/// A process's hold on the directory that it mounts on, by which others know when it has ended.
///
/// ```
///  process     flock shared ── mounts, serves ──────────────── keeps what it has ── ends, and the kernel lets go
///                                    │                                                         │
///  unmounting                        └ umount: the directory is seen again ── flock exclusive ─┘ then returns
/// ```
/// The directory is the one under the mount, so the hold needs no file and keeps no mount busy. Where it cannot be
/// locked, as autofs cannot, there is no hold, and nobody waits.
package struct MountpointHold: ~Copyable, Sendable {
  private let descriptor: Int32

  /// `O_PATH`, which the C library shows to programs with GNU's extensions alone.
  private static let pathOnly: Int32 = 0o10_000_000

  /// To be made before the mount, and kept until all is done. Nil if the directory cannot be locked.
  package init?(_ path: String) {
    guard let opened = Self.open(path) else { return nil }
    guard flock(opened, LOCK_SH | LOCK_NB) == 0 else {
      close(opened)
      return nil
    }
    descriptor = opened
  }

  deinit { close(descriptor) }

  /// Waits until no process holds the directory, on which nothing is mounted.
  static func waitForEnd(at path: String, limit: Duration) throws(Failure) {
    guard let descriptor = open(path) else { return }
    defer { close(descriptor) }
    let deadline = SuspendingClock.now + limit
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK || errno == EINTR {
      guard SuspendingClock.now < deadline else {
        throw Failure(
          .timedOut, "\(path) is unmounted, but the process that served it has not ended yet.",
          cure: "Leave its cache alone until it has.")
      }
      poll(nil, 0, 10)
    }
  }

  /// Opened in two steps, of which neither sets off an automount.
  private static func open(_ path: String) -> Int32? {
    let place = Glibc.open(path, pathOnly | O_CLOEXEC)
    guard place >= 0 else { return nil }
    defer { close(place) }
    let descriptor = Glibc.open("/proc/self/fd/\(place)", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    return descriptor < 0 ? nil : descriptor
  }
}
