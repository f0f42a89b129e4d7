import Glibc

/// A program that makes or fills a file system, run to its end.
struct Tool {
  let name: String
  /// The Debian package that holds it.
  let package: String

  static let makeExt4 = Tool(name: "mkfs.ext4", package: "e2fsprogs")
  static let fillExt4 = Tool(name: "debugfs", package: "e2fsprogs")
  static let makeErofs = Tool(name: "mkfs.erofs", package: "erofs-utils")

  /// Where it lies: PATH, and the folders of the administrator's programs, which are not in everyone's PATH.
  func path() throws(ReleaseFault) -> String {
    let variable = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
    for folder in variable.split(separator: ":").map(String.init) + ["/usr/local/sbin", "/usr/sbin", "/sbin"]
    {
      let path = "\(folder)/\(name)"
      if unsafe access(path, X_OK) == 0 { return path }
    }
    throw .failed("\(name) is missing: install the package \(package).")
  }

  /// Runs it with its input empty and its output in the files `output` and `errors`, and expects status 0.
  ///
  /// The corresponding C function is `posix_spawn`.
  func run(
    _ arguments: [String], environment: [String], output: String, errors: String
  ) throws(ReleaseFault) {
    let path = try path()
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o600)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o600)
    let argumentList = CStringList([path] + arguments)
    let environmentList = CStringList(environment)
    var process: pid_t = 0
    let spawned = withExtendedLifetime((argumentList, environmentList)) {
      unsafe posix_spawn(&process, path, &actions, nil, argumentList.start, environmentList.start)
    }
    guard spawned == 0 else { throw .failed("\(path) cannot be started: \(errorText(spawned)).") }
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) < 0 {
      guard errno == EINTR else { throw .failed("\(name) was lost: \(errorText(errno)).") }
    }
    guard status == 0 else {
      let ending = status & 0x7f == 0 ? "status \(status >> 8 & 0xff)" : "signal \(status & 0x7f)"
      throw .failed("\(name) failed: \(Self.lines(of: errors).last ?? ending).")
    }
  }

  /// The lines of a short text file, empty ones left out.
  static func lines(of path: String) -> [String] {
    guard let source = try? FileSource(path: path) else { return [] }
    var bytes = [UInt8](repeating: 0, count: min(source.size, 1 << 20))
    guard (try? source.read(into: &bytes, count: bytes.count, at: 0)) != nil else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}

/// Copies of texts as C takes them: an array of pointers, NULL at its end.
@safe private final class CStringList {
  /// Valid as long as this list.
  let start: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ texts: [String]) {
    count = texts.count
    unsafe start = .allocate(capacity: count + 1)
    for (index, text) in texts.enumerated() { unsafe (start + index).initialize(to: strdup(text)) }
    unsafe (start + count).initialize(to: nil)
  }

  deinit {
    for index in 0..<count { unsafe free(start[index]) }
    unsafe start.deallocate()
  }
}
