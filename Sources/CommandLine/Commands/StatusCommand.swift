import FUSFSCore
import FuseBridge
import Glibc
import Primitives

/// `fusfs status [MOUNTPOINT]`: what mounts are doing, on a terminal until it is interrupted.
struct StatusCommand {
  private let options: StatusOptions
  private let output: ProgramOutput
  private let terminal: TerminalSize?
  private let reader = MountReader()

  private static let interval: Int32 = 1000

  /// - Parameter terminal: that shows the output; nil if none does.
  init(_ options: StatusOptions, output: ProgramOutput, terminal: TerminalSize?) {
    self.options = options
    self.output = output
    self.terminal = terminal
  }

  func run() -> Int32 {
    do throws(Failure) {
      let readings = try self.readings()
      if options.isJSON {
        guard let bytes = try? JSON.encoded(MountReadings(mounts: readings)) else {
          throw Failure(.local, "The status could not be written as JSON.")
        }
        guard output.standard(String(decoding: bytes, as: UTF8.self)) else { return ExitStatus.failure }
        return status(of: readings)
      }
      if let mountpoint = options.mountpoint, let problem = readings.first?.problem {
        throw Failure(.notFound, "\(mountpoint): \(problem)")
      }
      if let terminal, !readings.isEmpty { return try watch(readings, on: terminal) }
      guard output.standard(StatusPage(readings).text) else { return ExitStatus.failure }
      return status(of: readings)
    } catch {
      output.error("\(ErrorMessage(error))\n")
      return ExitStatus.failure
    }
  }

  private func status(of readings: [MountReading]) -> Int32 {
    readings.allSatisfy { $0.problem == nil } ? ExitStatus.success : ExitStatus.failure
  }

  private func readings() throws(Failure) -> [MountReading] {
    if let mountpoint = options.mountpoint { return [reader.reading(mountpoint.text)] }
    return try FileSystemMounts.paths(ofUser: geteuid()).map(reader.reading)
  }

  /// Shows it anew each second, until nothing is mounted any more.
  private func watch(_ first: [MountReading], on terminal: TerminalSize) throws(Failure) -> Int32 {
    var (readings, time) = (first, SuspendingClock.now)
    var earlier: (readings: [MountReading], time: Duration)?
    var height = 0
    while true {
      let page = StatusPage(readings, since: earlier, fitting: StandardStream.output.terminalSize ?? terminal)
      // Up to where the last one began, and all from there removed.
      let start = height == 0 ? "" : "\u{1B}[\(height)A\r\u{1B}[J"
      guard output.standard(start + page.text) else { return ExitStatus.failure }
      if readings.allSatisfy({ $0.status == nil }) { return ExitStatus.success }
      height = page.lines.count
      poll(nil, 0, Self.interval)
      let next = try self.readings()
      let now = SuspendingClock.now
      earlier = (readings, now - time)
      (readings, time) = (next, now)
    }
  }
}

extension StatusPage {
  fileprivate var text: String { lines.map { $0 + "\n" }.joined() }
}
