import Glibc

/// `fus-emulator serve`.
public enum ServeCommand {
  /// Serves until SIGTERM or SIGINT comes.
  ///
  /// Prints one line with the URL when ready. The exit status is 0 after a signal, 2 for bad arguments, 1 for
  /// anything else that keeps it from serving.
  public static func run(arguments: [String]) -> Int32 {
    let options: ServeOptions
    do throws(EmulatorFailure) {
      options = try ServeOptions(arguments)
    } catch {
      complain(error)
      return 2
    }
    // Blocked before the first thread starts, so that every thread leaves them to sigwait below.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGTERM)
    unsafe sigaddset(&signals, SIGINT)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    signal(SIGPIPE, SIG_IGN)
    do throws(EmulatorFailure) {
      let emulator = try Emulator(releases: options.releases, port: options.port, settings: options.settings)
      print(emulator.url)
      fflush(nil)
      var caught: Int32 = 0
      unsafe sigwait(&signals, &caught)
      emulator.stop()
      return 0
    } catch {
      complain(error)
      return 1
    }
  }

  private static func complain(_ failure: EmulatorFailure) {
    writeText("fus-emulator: \(failure)\n", to: STDERR_FILENO)
  }
}
