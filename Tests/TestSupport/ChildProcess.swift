package import Glibc

/// A program that a test runs beside itself. It is ended by its id, at the latest when the value goes away.
///
/// The corresponding C functions are `posix_spawn`, `waitpid` and `kill`.
@safe
package final class ChildProcess {
  package typealias Failure = TestFailure

  package let id: pid_t
  private let output: Int32
  private let errors: Int32
  private var status: Int32?

  /// Starts the program; its standard input is empty, its output is read by the functions below.
  ///
  /// - Parameters:
  ///   - arguments: the program, found along `PATH`, and its arguments.
  ///   - environment: added to the test's own.
  package init(_ arguments: [String], environment: [String: String] = [:]) throws(Failure) {
    var outputPipe: [Int32] = [0, 0]
    var errorPipe: [Int32] = [0, 0]
    // Pairs of sockets serve as pipes, since those can be made close-on-exec at once.
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, type, 0, &outputPipe) == 0,
      unsafe socketpair(AF_UNIX, type, 0, &errorPipe) == 0
    else { throw Failure(description: "no pipe: errno \(errno)") }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, outputPipe[1], 1)
    unsafe posix_spawn_file_actions_adddup2(&actions, errorPipe[1], 2)
    // The test runner may block or ignore signals; the program starts with none of that, in a group of its own.
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    unsafe sigfillset(&signals)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    var id = pid_t()
    let started = unsafe withCStrings(arguments) { argumentPointers in
      unsafe withCStrings(Self.merged(environment)) { environmentPointers in
        unsafe posix_spawnp(&id, arguments[0], &actions, &attributes, argumentPointers, environmentPointers)
      }
    }
    close(outputPipe[1])
    close(errorPipe[1])
    guard started == 0 else {
      close(outputPipe[0])
      close(errorPipe[0])
      throw Failure(description: "cannot start \(arguments[0]): errno \(started)")
    }
    self.id = id
    output = outputPipe[0]
    errors = errorPipe[0]
  }

  deinit {
    kill()
    close(output)
    close(errors)
  }

  private static func merged(_ environment: [String: String]) -> [String] {
    var merged: [String] = []
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
      let pair = unsafe String(cString: text)
      if !environment.keys.contains(where: { pair.hasPrefix($0 + "=") }) { merged.append(pair) }
      unsafe entry += 1
    }
    return merged + environment.map { "\($0.key)=\($0.value)" }
  }

  /// The first line of the standard output, without its end.
  package func firstLine(within limit: Duration) throws(Failure) -> String {
    let deadline = ContinuousClock.now + limit
    var line: [UInt8] = []
    while ContinuousClock.now < deadline {
      var byte: UInt8 = 0
      guard Self.isReadable(output, before: deadline) else { break }
      guard unsafe read(output, &byte, 1) == 1 else {
        throw Failure(description: "the program ended without a line")
      }
      if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
    throw Failure(description: "no line within \(limit)")
  }

  /// Whether the program has ended, and how.
  package var exitStatus: Int32? {
    if let status { return status }
    var raw: Int32 = 0
    guard unsafe waitpid(id, &raw, WNOHANG) == id else { return nil }
    // As a shell says it: the status, or 128 and the signal's number.
    status = raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
    return status
  }

  /// Waits for the end, reading all output meanwhile; past the limit the program and its children are killed.
  package func finish(within limit: Duration) throws(Failure) -> Finished {
    let deadline = ContinuousClock.now + limit
    var texts: [Int32: [UInt8]] = [output: [], errors: []]
    var open: Set<Int32> = [output, errors]
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while !open.isEmpty || exitStatus == nil {
      guard ContinuousClock.now < deadline else {
        signal(SIGKILL)
        throw Failure(
          description: "not finished within \(limit); it said: "
            + String(decoding: texts.values.joined(), as: UTF8.self))
      }
      var polls = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      unsafe poll(&polls, nfds_t(polls.count), open.isEmpty ? 1 : 20)
      for ready in polls where ready.revents != 0 {
        let count = unsafe read(ready.fd, &buffer, buffer.count)
        if count > 0 {
          texts[ready.fd]?.append(contentsOf: buffer.prefix(count))
        } else {
          open.remove(ready.fd)
        }
      }
      // A daemon that it left behind may hold the pipes open.
      if exitStatus != nil, polls.allSatisfy({ $0.revents == 0 }) { break }
    }
    return Finished(
      status: exitStatus ?? -1, outputBytes: texts[output] ?? [],
      errors: String(decoding: texts[errors] ?? [], as: UTF8.self))
  }

  package struct Finished {
    /// The exit status, or 128 and the number of the signal that ended it.
    package let status: Int32
    /// What came on the standard output.
    package let outputBytes: [UInt8]
    /// What came on the standard error output.
    package let errors: String

    package var output: String { String(decoding: outputBytes, as: UTF8.self) }
  }

  /// Sends the signal to the program and those it started in its group.
  package func signal(_ number: Int32) {
    guard exitStatus == nil else { return }
    Glibc.kill(-id, number)
  }

  /// Asks the program to end, and kills it if it does not.
  package func end(within limit: Duration = .seconds(10)) {
    signal(SIGTERM)
    if !eventuallyBlocking(within: limit, { exitStatus != nil }) { kill() }
  }

  private func kill() {
    signal(SIGKILL)
    _ = eventuallyBlocking(within: .seconds(10)) { exitStatus != nil }
  }

  private static func isReadable(_ descriptor: Int32, before deadline: ContinuousClock.Instant) -> Bool {
    let left = deadline - ContinuousClock.now
    let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
    var polled = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
    return unsafe poll(&polled, 1, Int32(clamping: max(0, milliseconds))) == 1
  }
}

/// Runs a program, found along `PATH`, to its end.
package func run(
  _ arguments: String..., within limit: Duration = .seconds(20)
) throws(TestFailure) -> ChildProcess.Finished {
  try ChildProcess(arguments).finish(within: limit)
}

/// Runs a shell command to its end.
package func shell(
  _ command: String, within limit: Duration = .seconds(60), environment: [String: String] = [:]
) throws(TestFailure) -> ChildProcess.Finished {
  try ChildProcess(["bash", "-c", command], environment: environment).finish(within: limit)
}

/// The texts as a null-terminated array of C strings.
@unsafe
private func withCStrings<Result>(
  _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let pointers = unsafe texts.map { unsafe strdup($0) } + [nil]
  defer {
    for index in unsafe pointers.indices { unsafe free(pointers[index]) }
  }
  return unsafe body(pointers)
}
