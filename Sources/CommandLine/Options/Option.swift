/// One option: a row of the table that parsing, help, the manual page and completion all come from.
struct Option: Sendable {
  /// The long name without dashes, which is also its word under `-o` and its key in the configuration file.
  let name: String
  let short: Character?
  let group: Group
  let kind: Kind
  /// The verbs that it means something to.
  let verbs: Set<Verb>
  let places: Places
  /// The default in words, where it is not a fixed value.
  let defaultWords: String?
  /// Whether its value must not be shown.
  let isSecret: Bool
  /// The name of the option that has to be given beside it.
  let companion: String?
  /// One line, without a full stop.
  let help: String

  init(
    _ name: String, short: Character? = nil, _ group: Group, _ kind: Kind, verbs: Set<Verb>,
    places: Places = .everywhere, defaultWords: String? = nil, isSecret: Bool = false,
    companion: String? = nil, help: String
  ) {
    self.name = name
    self.short = short
    self.group = group
    self.kind = kind
    self.verbs = verbs
    self.places = places
    self.defaultWords = defaultWords
    self.isSecret = isSecret
    self.companion = companion
    self.help = help
  }

  /// Where an option can be given.
  enum Places: Sendable {
    /// On the command line, under `-o`, in the configuration file.
    case everywhere
    /// On the command line and under `-o`.
    case arguments
    case commandLine
  }

  /// The headings that help lists options under, in order.
  enum Group: String, Sendable, CaseIterable {
    case mounting = "Mount"
    case cache = "Cache and memory"
    case server = "Server"
    case output = "Output and log"
    case general = "General"
  }

  /// The default as a person would write it, or in words.
  var shownDefault: String? { defaultWords ?? kind.argument(in: Settings()) }

  /// `--cache-dir DIR`, `-f, --foreground`, `-o WORDS`.
  var synopsis: String {
    let long = name.count == 1 ? nil : "--\(name)"
    let names = [short.map { "-\($0)" }, long].compactMap(\.self).joined(separator: ", ")
    return kind.placeholder.map { "\(names) \($0)" } ?? names
  }
}
