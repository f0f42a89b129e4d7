import FUSFSCore
import FuseBridge
import Glibc
import Primitives

/// `fusfs MOUNTPOINT`: mounts, and serves until unmounted or told to end.
///
/// In the background the command returns when the kernel has had its first answer, or with the reason why not; the
/// process that serves is another one, so no thread may exist before they part.
struct MountCommand {
  private let options: MountOptions
  private let output: ProgramOutput

  init(_ options: MountOptions, output: ProgramOutput) {
    self.options = options
    self.output = output
  }

  func run() -> Int32 {
    do throws(Failure) {
      if try FileSystemMounts.endDead(at: options.mountpoint.text) {
        output.error("fusfs: \(options.mountpoint) had a mount whose program has ended; it is unmounted.\n")
      }
    } catch {
      return refused(error)
    }
    guard !options.runsInForeground else { return serveInForeground() }
    do throws(Failure) {
      switch try Daemon.detach() {
      case .foreground(let status, let sentence):
        if let sentence { output.error("\(sentence)\n") }
        return status
      case .background(let readiness):
        serveInBackground(readiness)
      }
    } catch {
      return refused(error)
    }
  }

  private func serveInForeground() -> Int32 {
    do throws(Failure) {
      let log = try options.client.log.makeMountLog(isInForeground: true)
      return try serve(log: log, onReady: {})
    } catch {
      return refused(error)
    }
  }

  private func serveInBackground(_ readiness: consuming Daemon.Readiness) -> Never {
    let pending = Locked<Daemon.Readiness?>(readiness)
    do throws(Failure) {
      try Daemon.serve { serve(pending) }
    } catch {
      exit(Self.refused(pending, error))
    }
  }

  private func serve(_ pending: Locked<Daemon.Readiness?>) -> Int32 {
    do throws(Failure) {
      let log = try options.client.log.makeMountLog(isInForeground: false)
      return try serve(
        log: log,
        onReady: {
          if let readiness = pending.withLock({ $0.take() }) { readiness.ready() }
        })
    } catch {
      return Self.refused(pending, error)
    }
  }

  private static func refused(_ pending: Locked<Daemon.Readiness?>, _ failure: Failure) -> Int32 {
    if let readiness = pending.withLock({ $0.take() }) {
      readiness.fail(status: UInt8(ExitStatus.failure), "\(ErrorMessage(failure))")
    }
    return ExitStatus.failure
  }

  private func refused(_ failure: Failure) -> Int32 {
    output.error("\(ErrorMessage(failure))\n")
    return ExitStatus.failure
  }

  /// Mounts and serves on this thread, which takes the signals: the main one, or the background's own.
  private func serve(log mountLog: MountLog, onReady: @escaping @Sendable () -> Void) throws(Failure) -> Int32
  {
    // By default each thread comes to have free memory of its own, a hundred MiB together.
    let memory = MemoryPlan(budget: options.client.memory)
    limitMemoryArenas(to: Self.memoryArenas, keptBytes: memory.freeOfEachArena)
    let stateRequests = StateRequests()
    // Let go last of all: `fusfs unmount` waits for it.
    let hold = MountpointHold(options.mountpoint.text)
    defer { extendLifetime(hold) }
    let log = mountLog.log
    defer { mountLog.finish() }
    let client = try Client(options.client, latestTTL: options.latestTTL, log: log)
    defer { client.close() }
    let tree = Tree(
      catalogue: client.catalogue, information: client.information, expansion: options.expansion,
      mountedAt: Int64(time(nil)))
    try stateRequests.answer(in: log) { [information = client.information] in information.stateLines }
    let session = try FuseSession.mount(
      MountedTree(tree),
      configuration(memory, client.information, log: log) {
        onReady()
        client.prepare()
      },
      workers: client.pool)
    // Only root may, and without it all works as well, only slower.
    try? session.raiseReadAhead(kib: memory.readAhead / 1024)
    log.write(.info, "Mounted at \(options.mountpoint).")
    let ending = try session.run()
    log.write(.info, ending == .unmounted ? "Unmounted." : "Ended by a signal.")
    return ExitStatus.success
  }

  private static let memoryArenas: Int32 = 2

  private func configuration(
    _ memory: MemoryPlan, _ information: Information, log: Log, onReady: @escaping @Sendable () -> Void
  ) -> MountConfiguration {
    var configuration = MountConfiguration(mountpoint: options.mountpoint.text)
    configuration.options = options.libfuseWords
    configuration.keptBufferBytes = memory.idleBuffers
    configuration.readAheadBytes = UInt32(clamping: memory.readAhead)
    configuration.requestTimeout = options.client.readTimeout
    configuration.onReady = onReady
    configuration.onMessage = { log.write(.warning, $0) }
    configuration.onFailure = { operation, _, failure in
      // Names that are not there and waits that were given up are everyday matters; a file that goes away is not.
      let isEveryday =
        switch failure.code {
        case .notFound: operation != .read
        case .noAttribute, .interrupted: true
        default: false
        }
      guard !isEveryday else { return log.write(.debug, "\(operation) \(failure)") }
      information.note(failure, during: "\(operation)")
      log.write(.error, "\(operation) \(failure) [\(failure.site)]")
    }
    return configuration
  }
}
