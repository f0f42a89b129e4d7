import Primitives

/// What carries out each verb. The result is the exit status: 0, 1 if it failed, or 2 for what is no usable argument.
protocol Commands {
  func mount(_ options: MountOptions) -> Int32
  func info(_ options: InfoOptions) -> Int32
  func fetch(_ options: FetchOptions) -> Int32
  func verify(_ options: VerifyOptions) -> Int32
  func cache(_ options: CacheOptions) -> Int32
  func status(_ options: StatusOptions) -> Int32
  func unmount(_ options: UnmountOptions) -> Int32
}

/// The `fusfs` program: reads its arguments and lets the verb be carried out.
///
/// Exit status: 0, 1 if what was asked failed, 2 if the arguments or the configuration file are wrong.
struct CommandLineProgram<Implementation: Commands> {
  private let commands: Implementation
  private let environment: ProcessEnvironment
  private let output: ProgramOutput

  init(
    commands: Implementation, environment: ProcessEnvironment = .current(), output: ProgramOutput = .streams
  ) {
    self.commands = commands
    self.environment = environment
    self.output = output
  }

  /// `arguments` start with the program's name. The result is the exit status.
  func run(_ arguments: [String]) -> Int32 {
    guard arguments.count > 1 else {
      output.error(HelpPage.usage)
      return ExitStatus.usage
    }
    let invocation: Invocation
    do throws(Failure) {
      let userID = environment.userID
      invocation = try InvocationParser(environment: environment).parse(Array(arguments.dropFirst())) {
        (file, isRequired) throws(Failure) in
        try ConfigurationFile.read(file, isRequired: isRequired, userID: userID)
      }
    } catch {
      output.error("\(ErrorMessage(error))\n")
      return ExitStatus.usage
    }
    return switch invocation {
    case .mount(let options): commands.mount(options)
    case .info(let options): commands.info(options)
    case .fetch(let options): commands.fetch(options)
    case .verify(let options): commands.verify(options)
    case .cache(let options): commands.cache(options)
    case .status(let options): commands.status(options)
    case .unmount(let options): commands.unmount(options)
    case .help(let text): printed(text)
    case .version: printed("fusfs \(programVersion)\n")
    }
  }

  private func printed(_ text: String) -> Int32 {
    output.standard(text) ? ExitStatus.success : ExitStatus.failure
  }
}
