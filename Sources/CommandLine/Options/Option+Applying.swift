import FUSNet
import Primitives

extension Option {
  /// The option as a person named it, and what its relative paths are relative to.
  struct Origin: Sendable {
    /// `--memory`, `-o memory`, `memory in /etc/fusfs/config.toml, line 3`.
    let words: String
    let directory: String
    let home: String?
    /// The machine's, which bounds what an option can ask for.
    let memory: ByteSize
  }

  /// Puts the value that `text` stands for into the settings; a nil text is a flag without a value.
  func apply(_ text: String?, to settings: inout Settings, from origin: Origin) throws(Failure) {
    guard let text = text ?? (kind.takesValue ? nil : "true") else {
      throw Failure(.invalid, "\(origin.words) expects \(kind.expectation(memory: origin.memory)).")
    }
    guard store(text, in: &settings, origin) else {
      let given = isSecret ? "" : ", not “\(printable(text))”"
      throw Failure(.invalid, "\(origin.words) expects \(kind.expectation(memory: origin.memory))\(given).")
    }
  }

  /// False if the text is not a value of this kind or is out of bounds.
  private func store(_ text: String, in settings: inout Settings, _ origin: Origin) -> Bool {
    switch kind {
    case .flag(let target):
      return store(Self.truth(text), in: &settings[keyPath: target])
    case .number(let bounds, let target):
      return store(
        Self.number(text).flatMap { bounds.contains($0) ? $0 : nil }, in: &settings[keyPath: target])
    case .size(let bounds, let target):
      let size = ByteSize(parsing: text).flatMap { bounds.contains($0) ? $0 : nil }
      return store(size, in: &settings[keyPath: target])
    case .memory(let least, let target):
      let size = ByteSize(parsing: text).flatMap { $0 >= least && $0 <= origin.memory ? $0 : nil }
      return store(size, in: &settings[keyPath: target])
    case .duration(let bounds, let target):
      let time = Duration(parsing: text).flatMap { bounds.contains($0) ? $0 : nil }
      return store(time, in: &settings[keyPath: target])
    case .path(_, let target):
      let path = PathName(text, in: origin.directory, home: origin.home)
      return store(path.map(Optional.some), in: &settings[keyPath: target])
    case .address(let target):
      return store(ServerURL(text).map(Optional.some), in: &settings[keyPath: target])
    case .proxy(let target):
      return store(ProxyAddress(parsing: text).map(Optional.some), in: &settings[keyPath: target])
    case .device(let target):
      return store(DeviceIdentity(text).map(Optional.some), in: &settings[keyPath: target])
    case .profile(let target):
      return store(settings.profiles[text], in: &settings[keyPath: target])
    case .choice(let choice):
      return choice.select(text, &settings)
    case .mountWords:
      return false
    }
  }

  private func store<Value>(_ value: Value?, in target: inout Value) -> Bool {
    guard let value else { return false }
    target = value
    return true
  }

  private static func truth(_ text: String) -> Bool? {
    switch text {
    case "true", "yes", "on", "1": true
    case "false", "no", "off", "0": false
    default: nil
    }
  }

  /// Digits alone: `Int.init` would take a plus sign too.
  private static func number(_ text: String) -> Int? {
    guard let (number, rest) = leadingNumber(in: text), rest.isEmpty else { return nil }
    return Int(exactly: number)
  }
}
