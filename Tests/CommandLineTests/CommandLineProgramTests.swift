import Glibc
import Primitives
import Testing

@testable import CommandLine

/// Commands that note what they were asked for, and answer with a status of their own.
private final class RecordingCommands: Commands {
  private let asked = Locked<[Invocation]>([])

  var invocations: [Invocation] { asked.withLock { $0 } }

  func mount(_ options: MountOptions) -> Int32 {
    asked.withLock { $0.append(.mount(options)) }
    return 10
  }

  func info(_ options: InfoOptions) -> Int32 {
    asked.withLock { $0.append(.info(options)) }
    return 11
  }

  func verify(_ options: VerifyOptions) -> Int32 {
    asked.withLock { $0.append(.verify(options)) }
    return 13
  }

  func fetch(_ options: FetchOptions) -> Int32 {
    asked.withLock { $0.append(.fetch(options)) }
    return 14
  }

  func cache(_ options: CacheOptions) -> Int32 {
    asked.withLock { $0.append(.cache(options)) }
    return 15
  }

  func status(_ options: StatusOptions) -> Int32 {
    asked.withLock { $0.append(.status(options)) }
    return 16
  }

  func unmount(_ options: UnmountOptions) -> Int32 {
    asked.withLock { $0.append(.unmount(options)) }
    return 12
  }
}

@Suite struct CommandLineProgramTests {
  private struct Outcome {
    let status: Int32
    let output: String
    let error: String
    let invocations: [Invocation]
  }

  private func run(_ arguments: [String], outputFails: Bool = false) -> Outcome {
    let written = Locked((output: "", error: ""))
    let commands = RecordingCommands()
    let output = ProgramOutput(
      standard: { text in
        written.withLock { $0.output += text }
        return !outputFails
      }, error: { text in written.withLock { $0.error += text } })
    let environment = ProcessEnvironment(userID: geteuid(), directory: "/start", memory: testMemory) {
      ["HOME": "/no/such"][$0]
    }
    let status = CommandLineProgram(commands: commands, environment: environment, output: output)
      .run(["fusfs"] + arguments)
    let (text, error) = written.withLock { $0 }
    return Outcome(status: status, output: text, error: error, invocations: commands.invocations)
  }

  @Test(
    arguments: [
      (["/m", "-f"], 10), (["info", "SM-A207F", "SER"], 11), (["unmount", "/m"], 12), (["verify", "/f"], 13),
      (["fetch", "/m/f", "SM-A207F/SER"], 14), (["cache", "clear"], 15), (["status"], 16),
    ] as [([String], Int32)])
  func verbsAreCarriedOut(arguments: [String], status: Int32) throws {
    let outcome = run(arguments)
    #expect(outcome.status == status)
    #expect(outcome.output.isEmpty && outcome.error.isEmpty)
    #expect(outcome.invocations.count == 1)
    let invocation = try #require(outcome.invocations.first)
    switch (invocation, status) {
    case (.mount(let options), 10): #expect(options.runsInForeground)
    case (.info(let options), 11): #expect(options.region == "SER")
    case (.verify(let options), 13): #expect(options.path.text == "/f")
    case (.fetch(let options), 14): #expect(options.places.map(\.text) == ["/m/f", "SM-A207F/SER"])
    case (.cache(let options), 15): #expect(options.action == .clear(pinned: false))
    case (.status(let options), 16): #expect(options.mountpoint == nil)
    case (.unmount(let options), 12): #expect(options.mountpoint.text == "/m")
    default: Issue.record("\(invocation) for \(arguments)")
    }
  }

  @Test func noArgumentsAreAnsweredWithUsage() {
    let outcome = run([])
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(
      outcome.error == """
        Usage: fusfs MOUNTPOINT [options]
               fusfs SOURCE MOUNTPOINT -o WORD[=VALUE],…
               fusfs info MODEL CSC [options]
               fusfs fetch PATH|MODEL/CSC[/VERSION[/FILE]]… [options]
               fusfs verify PATH [options]
               fusfs cache status [options]
               fusfs cache pin PATH|MODEL/CSC[/VERSION]|NAME [options]
               fusfs cache unpin PATH|MODEL/CSC[/VERSION]|NAME [options]
               fusfs cache trim [SIZE] [options]
               fusfs cache clear [options]
               fusfs status [MOUNTPOINT] [options]
               fusfs unmount MOUNTPOINT [options]
        Try fusfs --help.

        """)
  }

  @Test func mistakesAreStatusTwo() {
    let outcome = run(["/m", "--memory", "x\ny"])
    #expect(outcome.status == 2)
    #expect(outcome.invocations.isEmpty)
    #expect(
      outcome.error
        == "fusfs: --memory expects a size from 64M to 1T, which this machine has, in bytes or with K, M, G or T, not “x�y”. "
        + "See fusfs --help.\n")
  }

  @Test func namedConfigurationFileMustExist() {
    let outcome = run(["/m", "--config", "/no/such/file"])
    #expect(outcome.status == 2)
    #expect(
      outcome.error
        == "fusfs: The configuration file /no/such/file cannot be read: No such file or directory.\n")
  }

  @Test func configurationFileIsRead() throws {
    try withTemporaryDirectory { directory in
      let file = try directory.appending("config.toml")
      try makeFile(file, "connections = 5\n")
      guard case .mount(let options) = run(["/m", "--config", file.text]).invocations.first else {
        Issue.record("not mounted")
        return
      }
      #expect(options.client.connections == 5)
    }
  }

  @Test func helpAndVersionArePrinted() {
    #expect(run(["--version"]).output == "fusfs \(programVersion)\n")
    let help = run(["info", "--help"])
    #expect(help.status == 0)
    #expect(help.output == HelpPage(verb: .info).text)
    #expect(run(["--help"], outputFails: true).status == 1)
  }
}
