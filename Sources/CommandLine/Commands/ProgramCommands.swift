import FUSFSCore
import FUSNet
import FuseBridge
import Glibc
import Primitives

/// The verbs as the `fusfs` program carries them out.
struct ProgramCommands: Commands {
  private let output: ProgramOutput

  /// How long a daemon may take to keep what it has fetched, longer than it ever does.
  private static let longestEnd = Duration.seconds(30)

  init(output: ProgramOutput = .streams) {
    self.output = output
  }

  func mount(_ options: MountOptions) -> Int32 {
    MountCommand(options, output: output).run()
  }

  func info(_ options: InfoOptions) -> Int32 {
    InfoCommand(options, output: output).run()
  }

  func fetch(_ options: FetchOptions) -> Int32 {
    FetchCommand(options, output: output, terminalWidth: StandardStream.error.terminalSize?.columns).run()
  }

  func cache(_ options: CacheOptions) -> Int32 {
    CacheCommand(options, output: output).run()
  }

  func status(_ options: StatusOptions) -> Int32 {
    StatusCommand(options, output: output, terminal: StandardStream.output.terminalSize).run()
  }

  func verify(_ options: VerifyOptions) -> Int32 {
    VerifyCommand(options, output: output, terminalWidth: StandardStream.error.terminalSize?.columns).run()
  }

  func unmount(_ options: UnmountOptions) -> Int32 {
    do throws(Failure) {
      try unmountFileSystem(
        at: options.mountpoint.text, lazy: options.isLazy,
        waitingForEnd: options.isLazy ? nil : Self.longestEnd)
      return ExitStatus.success
    } catch {
      output.error("\(ErrorMessage(error))\n")
      return ExitStatus.failure
    }
  }
}
