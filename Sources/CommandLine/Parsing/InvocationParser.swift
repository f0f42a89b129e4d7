import FUSNet
import Primitives

/// Makes an `Invocation` of the arguments, the environment and the configuration file.
///
/// Each layer is put over the one before it, so that the last word wins:
/// ```
///   defaults  ◂  configuration file  ◂  -o words  ◂  command line
/// ```
struct InvocationParser: Sendable {
  /// Gives the text of a configuration file; nil if there is none and it is not required.
  typealias ConfigurationReader = (_ file: PathName, _ isRequired: Bool) throws(Failure) -> String?

  let environment: ProcessEnvironment

  /// `arguments` are those after the program's name. A failure is a mistake of the person: exit status 2.
  func parse(
    _ arguments: [String], configuration read: ConfigurationReader
  ) throws(Failure) -> Invocation {
    var words = ""
    do throws(Failure) {
      let scanned = try ScannedArguments(arguments)
      let verb = Verb.named(scanned.operands)
      if let word = verb?.word ?? scanned.operands.first.flatMap({ Verb.family($0).isEmpty ? nil : $0 }) {
        words = "\(word) "
      }
      return try parse(scanned, verb: verb, read)
    } catch {
      guard error.cure == nil, error.code == .invalid else { throw error }
      throw error.cured(by: "See fusfs \(words)--help.")
    }
  }

  private func parse(
    _ scanned: ScannedArguments, verb named: Verb?, _ read: ConfigurationReader
  ) throws(Failure) -> Invocation {
    var words = MountWords()
    for given in scanned.options {
      if case .mountWords = given.option.kind, let value = given.value { try words.add(value) }
    }
    // General options first: help is given whatever else is wrong, and the configuration file is needed next.
    var general = Settings()
    try apply(words, scanned, to: &general) { $0.group == .general }
    let family = named == nil ? scanned.operands.first.map(Verb.family) ?? [] : []
    if let page = requestedPage(general, named, family) { return page }
    guard family.isEmpty else { throw Self.missingWord(after: scanned.operands, of: family) }

    let verb = named ?? .mount
    let operands = try operands(scanned, verb: verb, isNamed: named != nil)
    for given in scanned.options where !given.option.verbs.contains(verb) {
      throw Failure(.invalid, "\(given.spelling) has no meaning for \(describe(verb)).")
    }
    try checkCompanions(scanned)
    var settings = Settings()
    if verb.readsConfiguration { try applyConfiguration(general.configurationFile, to: &settings, read) }
    try apply(words, scanned, to: &settings) { $0.group != .general }
    return try invocation(verb, operands, settings, words.libfuseWords)
  }

  private func requestedPage(_ settings: Settings, _ verb: Verb?, _ family: [Verb]) -> Invocation? {
    if settings.showsHelp {
      return .help((family.isEmpty ? HelpPage(verb: verb) : HelpPage(family: family)).text)
    }
    if settings.showsVersion { return .version }
    if settings.showsManual { return .help(ManualPage().text) }
    switch settings.completionShell {
    case .bash: return .help(BashCompletion().text)
    case nil: return nil
    }
  }

  /// The first operand begins the words of several verbs, and what follows it goes on with none.
  private static func missingWord(after operands: [String], of family: [Verb]) -> Failure {
    let words = family.map { $0.words[1] }
    guard operands.count > 1 else {
      return Failure(.invalid, "fusfs \(operands[0]) expects \(words.joined(separator: ", ")).")
    }
    let near = suggestion(for: operands[1], among: words)
    return Failure(.invalid, "“\(printable(operands[1]))” is not a command of fusfs \(operands[0])\(near).")
  }

  private func checkCompanions(_ scanned: ScannedArguments) throws(Failure) {
    let names = Set(scanned.options.map(\.option.name))
    for given in scanned.options {
      guard let companion = given.option.companion, !names.contains(companion) else { continue }
      throw Failure(.invalid, "\(given.spelling) has no meaning without --\(companion).")
    }
  }

  private func describe(_ verb: Verb) -> String {
    verb.word.map { "fusfs \($0)" } ?? "mounting"
  }

  // MARK: Operands

  /// The operands after the verb's own word; for a mount the source, which may be missing, and the mountpoint.
  private func operands(
    _ scanned: ScannedArguments, verb: Verb, isNamed: Bool
  ) throws(Failure) -> ArraySlice<String> {
    let operands = scanned.operands.dropFirst(isNamed ? max(1, verb.words.count) : 0)
    let (names, further) = (verb.operands.required, verb.operands.further)
    guard operands.count >= names.count else {
      throw Failure(.invalid, "\(names[operands.count]) is missing.")
    }
    // Two operands are mount(8)'s form, and it always gives -o: otherwise the first is a verb with a typing error.
    let allowed = verb == .mount && scanned.hasMountWords ? 1 : further
    guard operands.count - names.count > allowed else { return operands }
    guard verb == .mount, let first = operands.first else {
      throw Failure(
        .invalid,
        "“\(printable(operands[operands.startIndex + names.count + allowed]))” is one argument too many.")
    }
    let verbs = Verb.firstWords
    throw Failure(
      .invalid, "“\(printable(first))” is not a command\(suggestion(for: first, among: verbs)).",
      cure: "To mount, give one directory; a source before it needs -o.")
  }

  // MARK: Layers

  private func applyConfiguration(
    _ given: PathName?, to settings: inout Settings, _ read: ConfigurationReader
  ) throws(Failure) {
    guard let file = given ?? environment.defaultConfigurationFile,
      let text = try read(file, given != nil)
    else { return }
    let configuration = try ConfigurationFile(parsing: text, name: file.text)
    try addProfiles(of: configuration, from: file, to: &settings)
    for entry in configuration.entries {
      let place = "in \(file), line \(entry.line)"
      guard let option = Option.named(entry.key), option.places == .everywhere else {
        let known = Option.table.filter { $0.places == .everywhere }.map(\.name)
        let near = suggestion(for: entry.key, among: known)
        throw Failure(.invalid, "“\(printable(entry.key))” \(place) is not a known key\(near).")
      }
      let origin = Option.Origin(
        words: "\(option.name) \(place)", directory: file.parent.text, home: environment.home,
        memory: environment.memory)
      try option.apply(entry.value, to: &settings, from: origin)
    }
  }

  private func addProfiles(
    of configuration: ConfigurationFile, from file: PathName, to settings: inout Settings
  ) throws(Failure) {
    for (name, table) in configuration.profiles.sorted(by: { $0.key < $1.key }) {
      do throws(Failure) {
        settings.profiles.add(try Profile(name: name, overrides: table))
      } catch {
        throw error.about("\(file)")
      }
    }
    settings.server.profile = settings.profiles.automatic
  }

  /// Puts the `-o` words and then the options of the command line that `isWanted` over the settings.
  private func apply(
    _ words: MountWords, _ scanned: ScannedArguments, to settings: inout Settings,
    where isWanted: (Option) -> Bool
  ) throws(Failure) {
    for given in words.options where isWanted(given.option) {
      try given.option.apply(given.value, to: &settings, from: origin("-o \(given.option.name)"))
    }
    for given in scanned.options where isWanted(given.option) {
      if case .mountWords = given.option.kind, given.value != nil { continue }
      try given.option.apply(given.value, to: &settings, from: origin(given.spelling))
    }
  }

  private func origin(_ words: String) -> Option.Origin {
    Option.Origin(
      words: words, directory: environment.directory, home: environment.home, memory: environment.memory)
  }
}

extension ScannedArguments {
  /// Whether `-o` was given.
  fileprivate var hasMountWords: Bool {
    options.contains { if case .mountWords = $0.option.kind { true } else { false } }
  }
}
