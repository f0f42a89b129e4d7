import CFuzzer
import Glibc
import Primitives

/// The target that the first argument names; libFuzzer's callback has no place for it.
nonisolated(unsafe) private var chosen: FuzzTarget?

/// Gives libFuzzer the target that the first argument names, and the other arguments; does not return.
///
/// The corresponding C function is `LLVMFuzzerRunDriver`.
func runFuzzer() -> Never {
  let name = CommandLine.arguments.dropFirst().first
  guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    print("usage: fusfs-fuzz TARGET [LIBFUZZER-ARGUMENT...], TARGET one of:")
    for target in FuzzTarget.all { print("  \(target.name)") }
    exit(2)
  }
  unsafe chosen = target
  // Where libFuzzer starts itself again, to merge or to minimise, it puts its arguments behind the first one, in a
  // shell: so that has the target's name. Those of the command line come after these and win.
  let arguments =
    ["\(CommandLine.arguments[0]) \(target.name)", "-max_len=\(target.largestInput)", "-timeout=10"]
    + ["-rss_limit_mb=1024"] + CommandLine.arguments.dropFirst(2)
  var pointers = unsafe arguments.map { unsafe strdup($0) } + [nil]
  var count = Int32(arguments.count)
  let status = unsafe pointers.withUnsafeMutableBufferPointer { pointers in
    var first = pointers.baseAddress
    return unsafe LLVMFuzzerRunDriver(&count, &first) { bytes, count in
      unsafe checkOne(Array(UnsafeBufferPointer(start: bytes, count: count)))
      return 0
    }
  }
  exit(status)
}

/// Runs the chosen target with one input; what it throws must be what is said of content.
private func checkOne(_ input: [UInt8]) {
  guard let target = unsafe chosen else { return }
  turns.runToEnd {
    do throws(Failure) { try await target.check(input) } catch { expectAboutContent(error) }
  }
}
