/// The completion script for bash, made from the tables of verbs and options.
///
/// It is read with `source <(fusfs --completion bash)` or installed as `completions/fusfs`.
struct BashCompletion: Sendable {
  let text: String

  init() {
    let words = Verb.firstWords
    // The pattern of mounting matches everything, so that it has to stand last.
    let options = words.map(Self.firstWordCase) + ["    *) options='\(Self.names(of: [.mount]))' ;;"]
    text = """
      # bash completion for fusfs
      _fusfs() {
        local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} options words=
        COMPREPLY=()
        case $previous in
      \(Self.valueCases.joined(separator: "\n"))
        esac
        case ${COMP_WORDS[1]} in
      \(options.joined(separator: "\n"))
        esac
        if [[ $current == -* ]]; then
          mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
        else
          mapfile -t COMPREPLY < <(compgen -d -- "$current")
          if [[ $COMP_CWORD == 1 ]]; then words='\(words.joined(separator: " "))'; fi
          if [[ $COMP_CWORD -le 2 ]]; then
            mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$words" -- "$current")
          fi
          compopt -o filenames
        fi
      }
      complete -F _fusfs fusfs

      """
  }

  /// What may follow a first word: options, and the second words of verbs that have one.
  private static func firstWordCase(_ word: String) -> String {
    let verbs = Verb.allCases.filter { $0.words.first == word }
    let seconds = verbs.flatMap { $0.words.dropFirst() }
    let words = seconds.isEmpty ? "" : " words='\(seconds.joined(separator: " "))'"
    return "    \(word)) options='\(names(of: verbs))'\(words) ;;"
  }

  /// The options of the verbs, each once.
  private static func names(of verbs: [Verb]) -> String {
    Option.table.filter { !$0.verbs.isDisjoint(with: verbs) }
      .map { $0.name.count == 1 ? "-\($0.name)" : "--\($0.name)" }.joined(separator: " ")
  }

  /// What to offer after an option that takes a value; nothing, where only the person can know.
  private static var valueCases: [String] {
    Option.table.filter(\.kind.takesValue).map { option in
      let name = option.name.count == 1 ? "-\(option.name)" : "--\(option.name)"
      return "    \(name)) \(offer(option.kind))return ;;"
    }
  }

  private static func offer(_ kind: Option.Kind) -> String {
    let generator: String
    switch kind {
    case .path(let placeholder, _): generator = placeholder == "DIR" ? "-d" : "-f"
    case .choice(let choice): generator = "-W '\(choice.names.joined(separator: " "))'"
    case .profile: generator = "-W '\(ProfileTable.builtInNames.joined(separator: " "))'"
    default: return ""
    }
    return "mapfile -t COMPREPLY < <(compgen \(generator) -- \"$current\"); "
  }
}
