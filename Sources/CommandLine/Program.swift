import CLinux
import Glibc

/// The whole `fusfs` program. `arguments` start with its name; the result is its exit status.
///
/// To be called before any thread exists, because a mount may go on in another process.
package func runProgram(_ arguments: [String]) -> Int32 {
  // An IMEI, a nonce or an authorisation would lie in a core's bytes.
  _ = fusfs_forbid_core_dumps()
  ShownArguments.hideSecrets()
  // Whoever starts it chooses the cache, the log and the configuration file.
  guard getuid() == geteuid(), getgid() == getegid() else {
    StandardStream.error.write("fusfs: It must not be installed set-user-ID or set-group-ID.\n")
    return ExitStatus.failure
  }
  return CommandLineProgram(commands: ProgramCommands()).run(arguments)
}
