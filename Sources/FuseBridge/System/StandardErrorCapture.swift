import Glibc

/// The body's result, and the lines that programs started by it wrote to standard error.
///
/// `fusermount3` inherits it from libfuse, and says there why it refuses. Whatever else this process writes there
/// meanwhile is among the lines. What the pipe cannot hold is lost.
func capturingStandardError<Result>(_ body: () -> Result) -> (Result, lines: [String]) {
  guard let pipe = try? Pipe(blocks: false) else { return (body(), []) }
  let original = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
  guard original >= 0, dup2(pipe.writeEnd, STDERR_FILENO) >= 0 else { return (body(), []) }
  let result = body()
  dup2(original, STDERR_FILENO)
  close(original)
  let text = String(decoding: pipe.readToEnd(atMost: 64 << 10), as: UTF8.self)
  return (result, text.split(separator: "\n").map(String.init))
}
