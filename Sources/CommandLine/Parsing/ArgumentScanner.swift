import Primitives

/// The arguments taken apart by the table of options, their values not yet looked at.
///
/// ```
///   --memory 1G   --memory=1G   -f   -o WORDS   -oWORDS   -fh   --   OPERAND
/// ```
struct ScannedArguments: Sendable {
  struct Given: Sendable {
    let option: Option
    /// As it was written, without the value: `--memory`, `-o`.
    let spelling: String
    let value: String?
  }

  private(set) var options: [Given] = []
  private(set) var operands: [String] = []

  /// `arguments` are those after the program's name.
  init(_ arguments: [String]) throws(Failure) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        operands += rest
        return
      } else if argument.hasPrefix("--") {
        try scanLong(argument, &rest)
      } else if argument.hasPrefix("-"), argument != "-" {
        try scanShort(argument, &rest)
      } else {
        operands.append(argument)
      }
    }
  }

  private mutating func scanLong(_ argument: String, _ rest: inout ArraySlice<String>) throws(Failure) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let spelling = String(parts[0])
    let name = String(spelling.dropFirst(2))
    guard name.count > 1, let option = Option.named(name) else {
      let known = Option.table.map(\.name).filter { $0.count > 1 }
      throw Failure(
        .invalid,
        "\(printable(spelling)) is not an option\(suggestion(for: name, among: known, prefix: "--")).")
    }
    var value = parts.count == 2 ? String(parts[1]) : nil
    if value == nil, option.kind.takesValue { value = rest.popFirst() }
    options.append(Given(option: option, spelling: spelling, value: value))
  }

  /// Letters may stand together; what follows one that takes a value is its value.
  private mutating func scanShort(_ argument: String, _ rest: inout ArraySlice<String>) throws(Failure) {
    var letters = argument.dropFirst()
    while let letter = letters.popFirst() {
      guard let option = Option.named(letter) else {
        throw Failure(.invalid, "\(printable("-\(letter)")) is not an option.")
      }
      var value: String?
      if option.kind.takesValue {
        value = letters.isEmpty ? rest.popFirst() : String(letters)
        letters = ""
      }
      options.append(Given(option: option, spelling: "-\(letter)", value: value))
    }
  }
}
