import CLinux

/// The whole `fusfs` program. `arguments` start with its name; the result is its exit status.
///
/// To be called before any thread exists, because a mount may go on in another process.
package func runProgram(_ arguments: [String]) -> Int32 {
  // An IMEI, a nonce or an authorisation would lie in a core's bytes.
  _ = fusfs_forbid_core_dumps()
  return CommandLineProgram(commands: ProgramCommands()).run(arguments)
}
