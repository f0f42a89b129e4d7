import FUSNet

/// The manual page fusfs(1) in man(7)'s macros, made from the tables of verbs, options and
/// the keys of a protocol profile.
struct ManualPage: Sendable {
  let text: String

  init() {
    var lines = [
      ".TH FUSFS 1 \"\" \"fusfs \(programVersion)\" \"User Commands\"",
      ".SH NAME",
      "fusfs \\- Samsung firmware as files",
      ".SH SYNOPSIS",
    ]
    lines += Verb.allCases.flatMap(\.synopses).flatMap { [".nf", Self.escaped($0), ".fi"] }
    lines.append(".SH COMMANDS")
    for verb in Verb.allCases {
      lines += [".TP", ".B fusfs" + (verb.word.map { " \($0)" } ?? ""), Self.escaped(verb.explanation)]
    }
    lines.append(".SH OPTIONS")
    for group in Option.Group.allCases {
      lines.append(".SS \(Self.escaped(group.rawValue))")
      for option in Option.table where option.group == group { lines += Self.item(option) }
    }
    lines += Self.files + Self.profileKeys + Self.exitStatus
    text = lines.joined(separator: "\n") + "\n"
  }

  private static func item(_ option: Option) -> [String] {
    var words = sentence(option.help)
    if let value = option.shownDefault { words += " Default: \(value)." }
    if option.places == .everywhere {
      words += " Also under -o and in the configuration file."
    } else if option.places == .arguments {
      words += " Also under -o."
    }
    return [".TP", ".B \(escaped(option.synopsis))", escaped(words)]
  }

  /// An explanation with a capital letter and a full stop.
  private static func sentence(_ words: String) -> String {
    "\(words.prefix(1).uppercased())\(words.dropFirst())."
  }

  private static let files = [
    ".SH FILES",
    ".TP",
    ".I ~/.config/fusfs/config.toml",
    escaped(
      """
      The configuration file, under $XDG_CONFIG_HOME where that is set: lines of KEY = VALUE, named like the long \
      options, and tables [profile.NAME] that add protocol profiles or change the built-in ones. It is refused if \
      others can write it. The superuser without a home uses /etc/fusfs/config.toml.
      """),
    ".TP",
    ".I ~/.cache/fusfs",
    escaped(
      """
      The block cache, under $XDG_CACHE_HOME where that is set. The superuser without a home uses /var/cache/fusfs.
      """),
  ]

  private static let profileKeys =
    [".SH PROTOCOL PROFILES", "The keys of a table [profile.NAME] in the configuration file:"]
    + Profile.OverrideKey.allCases.flatMap {
      [".TP", ".B \(escaped($0.rawValue))", escaped(sentence($0.explanation))]
    }

  private static let exitStatus = [
    ".SH EXIT STATUS",
    "0 if all went well, 1 if what was asked failed, 2 if the arguments or the configuration file are wrong.",
    ".SH SEE ALSO",
    ".BR mount (8),",
    ".BR fstab (5),",
    ".BR fusermount3 (1)",
  ]

  /// Text in which roff sees no command: backslashes and dashes escaped, no dot or quote at a line's start.
  private static func escaped(_ text: String) -> String {
    let escaped = text.map { character in
      switch character {
      case "\\": "\\e"
      case "-": "\\-"
      case "…": "..."
      case "“", "”": "\""
      default: String(character)
      }
    }.joined()
    return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
  }
}
