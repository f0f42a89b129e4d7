/// The arguments of `fus-emulator serve`.
struct ServeOptions {
  private(set) var port: UInt16 = 0
  private(set) var releases: [String] = []
  private(set) var settings: [(name: String, value: String)] = []

  /// - Parameter arguments: what follows `serve`: `--name value` or `--name=value`.
  init(_ arguments: [String]) throws(EmulatorFailure) {
    var rest = arguments[...]
    var trial = Settings()
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--") else { throw EmulatorFailure("\(argument) is not an option") }
      let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      let isKnown = name == "port" || name == "release" || Settings.names.contains(name)
      guard isKnown else { throw EmulatorFailure("there is no option --\(name)") }
      if name == "rotate-nonce", parts.count == 1, !["never", "init", "every"].contains(rest.first) {
        settings.append((name, "init"))
        continue
      }
      guard let value = parts.count > 1 ? String(parts[1]) : rest.popFirst() else {
        throw EmulatorFailure("--\(name) lacks its value")
      }
      switch name {
      case "port":
        guard let number = UInt16(value) else { throw EmulatorFailure("\(value) is not a port") }
        port = number
      case "release": releases.append(value)
      default:
        try trial.set(name, to: value)
        settings.append((name, value))
      }
    }
    guard !releases.isEmpty else { throw EmulatorFailure("serve needs at least one --release DIR") }
  }
}
