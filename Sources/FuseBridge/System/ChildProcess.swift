import Glibc
import Primitives

/// Where in PATH, or where the system keeps its own, a program is.
func findProgram(_ name: String) -> String? {
  let path = getenv("PATH").map { String(cString: $0) } ?? ""
  let directories = path.split(separator: ":").filter { $0.hasPrefix("/") } + ["/usr/bin", "/bin"]
  return directories.lazy.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
}

/// Starts a program: its process number, for `waitForChild`.
///
/// It starts with SIGINT and SIGPIPE as usual, although this process ignores the latter, and with no signal blocked.
/// The corresponding C function is `posix_spawn`.
///
/// - Parameters:
///   - output: the descriptor that becomes its standard output; this process's own if nil.
///   - errors: the descriptor that becomes its standard error.
func startProgram(
  _ path: String, _ arguments: [String], output: Int32? = nil, errors: Int32
) throws(Failure) -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  if let output { posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) }
  posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)

  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var signals = sigset_t()
  sigemptyset(&signals)
  posix_spawnattr_setsigmask(&attributes, &signals)
  for signal in [SIGINT, SIGPIPE] { sigaddset(&signals, signal) }
  posix_spawnattr_setsigdefault(&attributes, &signals)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

  var child = pid_t()
  let problem = withCStrings([path] + arguments) {
    posix_spawn(&child, path, &actions, &attributes, $0, environ)
  }
  guard problem == 0 else { throw .system("Running \(path)", errno: problem) }
  return child
}

/// Runs a program to its end: its status as of `waitForChild`, and what it said on standard error.
func runProgram(_ path: String, _ arguments: [String]) throws(Failure) -> (status: Int32, said: String) {
  let pipe = try Pipe()
  let child = try startProgram(path, arguments, errors: pipe.writeEnd)
  let said = String(decoding: pipe.readToEnd(atMost: 16 << 10), as: UTF8.self)
  let status = waitForChild(child)
  return (status, said.split(separator: "\n").joined(separator: "; "))
}

/// The child's exit status, or 128 and the signal that ended it, as the shell has it.
func waitForChild(_ child: pid_t) -> Int32 {
  var status: Int32 = 0
  while waitpid(child, &status, 0) < 0 {
    guard errno == EINTR else { return 127 }
  }
  let signal = status & 0x7f
  return signal == 0 ? (status >> 8) & 0xff : 128 + signal
}

/// Calls the body with the strings as C programs have their arguments: an array that a null pointer ends.
func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  let array = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
  for (index, string) in strings.enumerated() { (array + index).initialize(to: strdup(string)) }
  (array + strings.count).initialize(to: nil)
  defer {
    for index in strings.indices { free(array[index]) }
    array.deallocate()
  }
  return body(array)
}
