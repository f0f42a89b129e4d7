import Glibc
import Primitives

/// The directory to mount on: what can be wrong with it, said before libfuse says it in other words.
enum Mountpoint {
  /// The directory's absolute path.
  static func check(_ path: String) throws(Failure) -> String {
    var status = stat()
    guard stat(path, &status) == 0, let resolved = realpath(path, nil) else {
      throw problem(path, errno: errno)
    }
    defer { free(resolved) }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw Failure(.notDirectory, "\(path) is not a directory.", cure: "Name a directory to mount on.")
    }
    let absolute = String(cString: resolved)
    if let mount = try MountTable.current().mount(at: absolute), mount.isFuse {
      throw Failure(
        .invalid, "\(path) has a file system mounted on it already.",
        cure: "Unmount it first: fusfs unmount \(absolute)")
    }
    return absolute
  }

  private static func problem(_ path: String, errno number: Int32) -> Failure {
    switch number {
    case ENOENT:
      Failure(.notFound, "There is no directory \(path).", cure: "Make it first: mkdir -p \(path)")
    case ENOTCONN:
      Failure(
        .local, "\(path) still has a mount whose program has ended.",
        cure: "Unmount it first: fusfs unmount \(path)")
    case EACCES, EPERM:
      Failure(.accessDenied, "\(path) is not accessible to you.")
    default:
      .system("The mount point \(path)", errno: number)
    }
  }

  /// A session mounted at the path.
  static func mount(
    _ handler: any RequestHandler, at path: String, arguments: [String],
    onMessage: @escaping @Sendable (String) -> Void
  ) throws(Failure) -> LibrarySession {
    try checkDevice()
    let said = Locked<[String]>([])
    LibraryMessages.send { line in said.withLock { $0.append(line) } }
    defer { LibraryMessages.send(to: onMessage) }
    let library = try session(handler, arguments: arguments, said: said)
    let (isMounted, printed) = capturingStandardError { library.mount(at: path) }
    guard isMounted else {
      throw refusal(path, said: sentence(said.withLock { $0 } + printed))
    }
    for line in printed { onMessage(line) }
    return library
  }

  private static func session(
    _ handler: any RequestHandler, arguments: [String], said: Locked<[String]>
  ) throws(Failure) -> LibrarySession {
    do throws(Failure) {
      return try LibrarySession(handler, arguments: arguments)
    } catch {
      let words = sentence(said.withLock { $0 })
      throw error.cured(by: words.map { "libfuse says: \($0)" })
    }
  }

  private static func checkDevice() throws(Failure) {
    let descriptor = open("/dev/fuse", O_RDWR | O_CLOEXEC)
    guard descriptor < 0 else {
      close(descriptor)
      return
    }
    switch errno {
    case ENOENT, ENODEV, ENXIO:
      throw Failure(
        .unsupported, "This system has no /dev/fuse.",
        cure:
          "Load the kernel's module (modprobe fuse), or give the container the device (--device /dev/fuse).")
    case EACCES, EPERM:
      throw Failure(
        .accessDenied, "You may not use /dev/fuse.", cure: "Ask for access to it, or mount as root.")
    default:
      throw .system("Opening /dev/fuse", errno: errno)
    }
  }

  private static func refusal(_ path: String, said: String?) -> Failure {
    if geteuid() != 0, findProgram("fusermount3") == nil {
      return Failure(
        .unsupported, "The program fusermount3 is missing, without which only root can mount.",
        cure: "Install the package fuse3.")
    }
    if let said, said.contains("user_allow_other") {
      return Failure(
        .accessDenied, "Only root may let other users into a mount.",
        cure: "Put the line user_allow_other into /etc/fuse.conf, or leave allow_other out.")
    }
    let isForbidden = said.map { $0.contains("ermission") || $0.contains("not permitted") } ?? false
    return Failure(
      isForbidden ? .accessDenied : .local, "\(path) could not be mounted on.",
      cure: said.map { "libfuse says: \($0)" })
  }

  /// Messages of libfuse in one line; nil if there are none.
  private static func sentence(_ lines: [String]) -> String? {
    lines.isEmpty ? nil : lines.joined(separator: "; ")
  }
}
