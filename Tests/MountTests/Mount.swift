import Glibc
import TestSupport

/// A mounted `fusfs` with a cache of its own; unmounted and its process ended when the value goes away.
final class Mount {
  let path: String
  let cache: String
  private(set) var log: String
  private let folder: TemporaryDirectory
  private var options: [String]

  /// - Parameter options: besides the server's addresses, the cache directory and a log file.
  init(_ server: EmulatedServer, _ options: [String] = []) throws {
    folder = TemporaryDirectory()
    path = "\(folder.path)/mount"
    cache = "\(folder.path)/cache"
    log = "\(folder.path)/log"
    self.options =
      [
        "--server-url", server.url, "--cdn-url", server.url, "--fota-url", server.url, "--cache-dir", cache,
        "--log-file", log,
      ] + options
    _ = try shell("mkdir '\(path)'")
    try mount()
  }

  deinit {
    Self.end(path)
  }

  /// Mounts; also again, after `unmount` or `kill`, with other options if given.
  func mount(adding more: [String] = []) throws {
    let mounted = try ChildProcess([Binaries.fusfs, path] + options + more).finish(within: .seconds(30))
    guard mounted.status == 0 else {
      throw ChildProcess.Failure(description: "not mounted: \(mounted.errors)\(mounted.output)")
    }
  }

  /// Unmounts and waits for the process to end, as the next mount of the same cache expects.
  func unmount() throws {
    let id = processID
    let result = try ChildProcess([Binaries.fusfs, "unmount", path]).finish(within: .seconds(30))
    guard result.status == 0 else { throw ChildProcess.Failure(description: result.errors) }
    if let id { try waitForEnd(of: id) }
  }

  var processID: pid_t? { Self.processID(behind: path) }

  /// The id of the process behind a mount: the one whose arguments name the mount point.
  private static func processID(behind path: String) -> pid_t? {
    let found = try? shell(
      """
      grep -lzxF -- '\(path)' /proc/[0-9]*/cmdline 2>/dev/null | cut -d / -f 3 | while read -r id; do
        [ "$(readlink "/proc/$id/exe")" != "$(readlink -f '\(Binaries.fusfs)')" ] || echo "$id"
      done
      """)
    return found.flatMap { pid_t($0.output.split(separator: "\n").first ?? "") }
  }

  /// `kill -9` of the process behind the mount, and the dead mount removed.
  func kill() throws {
    guard let id = processID else { throw ChildProcess.Failure(description: "no process to kill") }
    Glibc.kill(id, SIGKILL)
    try waitForEnd(of: id)
    _ = try shell("umount -l '\(path)' || fusermount3 -uz '\(path)'")
  }

  private func waitForEnd(of id: pid_t) throws {
    guard Self.hasEnded(id, within: .seconds(20)) else {
      throw ChildProcess.Failure(description: "process \(id) does not end")
    }
  }

  /// Whether the process ends within the limit; one that its parent has not yet taken note of has ended.
  static func hasEnded(_ id: pid_t, within limit: Duration) -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
      let file = unsafe open("/proc/\(id)/stat", O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return true }
      defer { close(file) }
      var bytes = [UInt8](repeating: 0, count: 512)
      let count = max(0, unsafe read(file, &bytes, bytes.count))
      // The state follows the name in parentheses.
      if let name = bytes[..<count].lastIndex(of: UInt8(ascii: ")")), name + 2 < count,
        bytes[name + 2] == UInt8(ascii: "Z")
      {
        return true
      }
      usleep(5_000)
    }
    return false
  }

  /// Unmounts what is mounted there, if anything, and ends the process behind it.
  static func end(_ path: String) {
    let id = processID(behind: path)
    _ = try? shell(
      "grep -qF ' \(path) ' /proc/self/mounts && (umount '\(path)' 2>/dev/null || umount -l '\(path)' || fusermount3 -uz '\(path)')"
    )
    guard let id, !hasEnded(id, within: .seconds(10)) else { return }
    Glibc.kill(id, SIGKILL)
  }

  /// A release's folder.
  func release(_ name: String = "latest") -> String {
    "\(path)/\(MadeRelease.model)/\(MadeRelease.region)/\(name)"
  }

  /// SHA-256 of a file in the mount, read by `sha256sum`.
  func sha256(_ file: String, within limit: Duration = .seconds(120)) throws -> String {
    let result = try shell("sha256sum < '\(file)'", within: limit)
    guard result.status == 0 else { throw ChildProcess.Failure(description: result.errors) }
    return String(result.output.prefix(64))
  }

  /// Where files differ from what is true of them: in words, first of all sizes, then SHA-256.
  func differences(from files: [MadeRelease.TrueFile], in release: String) throws -> [String] {
    let lists = TemporaryDirectory()
    try lists.write(Array(files.map { "\($0.path)\n" }.joined().utf8), to: "names")
    try lists.write(Array(files.map { "\($0.sha256)  \($0.path)\n" }.joined().utf8), to: "sums")
    let sizes = try shell(
      "cd '\(release)' && xargs -d '\\n' stat -c '%s %n' < '\(lists.path)/names'", within: .seconds(120))
    let sums = try shell(
      "cd '\(release)' && LC_ALL=C sha256sum --quiet -c '\(lists.path)/sums'", within: .seconds(240))
    let found = Set(sizes.output.split(separator: "\n").map(String.init))
    let wrong = files.filter { !found.contains("\($0.size) \($0.path)") }.map {
      "\($0.path) has not \($0.size) bytes"
    }
    let told = sizes.errors + sums.output + (sums.status == 0 ? "" : sums.errors)
    return wrong + told.split(separator: "\n").map(String.init)
  }

  /// The paths of all files below a release's folder.
  func fileNames(in release: String) throws -> Set<String> {
    let found = try shell("find '\(release)' -type f -printf '%P\\n'", within: .seconds(120))
    guard found.status == 0 else { throw TestFailure(description: found.errors) }
    return Set(found.output.split(separator: "\n").map(String.init))
  }

  var logText: String { (try? shell("cat '\(log)'").output) ?? "" }

  /// Which of these texts stand in anything that the mount writes or shows, but for the firmware, and where: in the cache's
  /// files, the log, `.fusfs`, what it says of the releases, and their extended attributes.
  func texts(_ texts: [String], in releases: [String] = ["latest"]) throws -> String {
    let lists = TemporaryDirectory()
    try lists.write(Array(texts.map { $0 + "\n" }.joined().utf8), to: "texts")
    let folders = releases.map { "'\(release($0))'" }.joined(separator: " ")
    let found = try shell(
      """
      cd '\(lists.path)' && for release in \(folders); do getfattr -R -d "$release"; done > attributes 2> errors
      for name in inform.xml release.json; do
        for release in \(folders); do cat "$release/$name" >> told || exit; done
      done
      grep -qF user.fus. attributes || { echo "no attributes:"; cat errors; }
      find '\(cache)' '\(log)' '\(path)/.fusfs' attributes told -type f > places
      grep -cE '/(blocks.data|blocks.sqlite|log|status.json|metrics)$' places
      tr '\\n' '\\0' < places | xargs -0 grep -aoHF -f texts
      """)
    // All six are there, two of them logs.
    guard found.output.hasPrefix("6\n") else { throw TestFailure(description: found.output + found.errors) }
    return String(found.output.dropFirst(2))
  }

  /// Whether the log comes to tell one of these: a program has its answer before the log has the reason.
  func logs(_ texts: String...) -> Bool {
    eventuallyBlocking {
      let log = logText
      return texts.contains { log.contains($0) }
    }
  }

  /// The most memory that the process has had, in bytes; 0 where a sanitizer has had most of it.
  var peakMemory: Int {
    get throws {
      guard !Binaries.areSanitized else { return 0 }
      guard let id = processID else { throw ChildProcess.Failure(description: "no process") }
      let line = try shell("grep VmHWM /proc/\(id)/status").output
      return (Int(line.filter(\.isNumber)) ?? 0) * 1024
    }
  }
}
