import Glibc
import Primitives

/// How far the kernel reads ahead on a mount.
enum ReadAhead {
  static func raise(toKiB kib: Int, at mountpoint: String) throws(Failure) {
    guard let device = try MountTable.current().mount(at: mountpoint)?.device else {
      throw Failure(.notFound, "Nothing is mounted at \(mountpoint).")
    }
    let path = "/sys/class/bdi/\(device)/read_ahead_kb"
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("Raising the read-ahead in \(path)", errno: errno) }
    defer { close(descriptor) }
    let text = Array("\(kib)".utf8)
    guard write(descriptor, text, text.count) == text.count else {
      throw .system("Raising the read-ahead in \(path)", errno: errno)
    }
  }
}
