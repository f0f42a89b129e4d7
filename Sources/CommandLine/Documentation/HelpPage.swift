/// The text of `--help`, of the program or of one verb, made from the tables of verbs and options.
struct HelpPage: Sendable {
  let text: String

  private static let introduction =
    "Samsung firmware as files: listed from the server, fetched as it is read, decrypted and cached."
  private static let footer = """
    A TIME is in seconds or carries ms, s, m, h or d; a SIZE is in bytes or carries K, M, G or T. What is said on \
    the command line counts more than under -o, and that more than the configuration file. Exit status: 0, 1 if it \
    failed, 2 if the arguments or the configuration file are wrong.
    """

  /// Where the second column starts.
  private static let column = 30

  /// What is printed when no argument was given.
  static let usage = "\(synopses(of: Verb.allCases))\nTry fusfs --help.\n"

  /// A nil verb stands for the whole program, which shows the options of mounting.
  init(verb: Verb?) {
    let shown = verb ?? .mount
    var sections = [Self.introduction.wrapped()]
    if let verb { sections = [verb.explanation.wrapped()] }
    sections.append(Self.synopses(of: verb.map { [$0] } ?? Verb.allCases))
    if verb == nil {
      sections.append(Self.commands(Verb.allCases))
      sections.append(Verb.mount.explanation.wrapped())
    }
    for group in Option.Group.allCases {
      let options = Option.table.filter { $0.group == group && $0.verbs.contains(shown) }
      guard !options.isEmpty else { continue }
      let rows = options.map { Self.row($0.synopsis, $0.helpWithDefault) }
      sections.append("\(group.rawValue):\n" + rows.joined(separator: "\n"))
    }
    if shown.readsConfiguration { sections.append(Self.footer.wrapped()) }
    text = sections.joined(separator: "\n\n") + "\n"
  }

  /// The page of verbs whose first word is the same.
  init(family: [Verb]) {
    text = "\(Self.synopses(of: family))\n\n\(Self.commands(family))\n"
  }

  private static func commands(_ verbs: [Verb]) -> String {
    let rows = verbs.compactMap { verb in
      verb.word.map { row("fusfs \($0)", "\(verb.summary); see fusfs \($0) --help") }
    }
    return "Commands:\n" + rows.joined(separator: "\n")
  }

  private static func synopses(of verbs: [Verb]) -> String {
    let lines = verbs.flatMap(\.synopses)
    return "Usage: " + lines.joined(separator: "\n       ")
  }

  /// Two columns; a long first one has a line of its own.
  private static func row(_ first: String, _ second: String) -> String {
    let start = "  \(first)"
    let wrapped = second.wrapped(indent: column)
    guard start.count + 2 <= column else { return "\(start)\n\(wrapped)" }
    return start + wrapped.dropFirst(start.count)
  }
}

/// Keeps two words on one line.
private let nonBreakingSpace: Character = "\u{A0}"

extension Option {
  fileprivate var helpWithDefault: String {
    shownDefault.map { "\(help) (default:\(nonBreakingSpace)\($0))" } ?? help
  }
}

extension String {
  /// The words in lines of at most `width` characters, each line indented.
  func wrapped(indent: Int = 0, width: Int = 80) -> String {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = margin
    for word in split(separator: " ") {
      if line.count > indent, line.count + 1 + word.count > width {
        lines.append(line)
        line = margin
      }
      line += line.count > indent ? " \(word)" : String(word)
    }
    return (lines + [line]).joined(separator: "\n").map { $0 == nonBreakingSpace ? " " : String($0) }.joined()
  }
}
