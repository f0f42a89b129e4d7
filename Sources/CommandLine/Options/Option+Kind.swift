import FUSNet

extension Option {
  typealias Target<Value> = any WritableKeyPath<Settings, Value> & Sendable

  /// What an option's value is, and which setting it goes to.
  enum Kind: Sendable {
    /// Given or not; `=true` and `=false` are understood.
    case flag(Target<Bool>)
    case number(ClosedRange<Int>, Target<Int>)
    case size(ClosedRange<ByteSize>, Target<ByteSize>)
    /// A size that the machine's memory bounds.
    case memory(least: ByteSize, Target<ByteSize>)
    case duration(ClosedRange<Duration>, Target<Duration>)
    case path(String, Target<PathName?>)
    case address(Target<ServerURL?>)
    case proxy(Target<ProxyAddress?>)
    case device(Target<DeviceIdentity?>)
    /// The name of a profile, which the profiles of the same settings give.
    case profile(Target<Profile>)
    case choice(Choice)
    /// The comma-separated words of `-o`, which hold options themselves.
    case mountWords
  }

  /// One of a few words, whichever type they stand for.
  struct Choice: Sendable {
    let names: [String]
    /// The setting's word.
    let name: @Sendable (Settings) -> String?
    /// Sets what the word stands for; false if it is none of `names`.
    let select: @Sendable (String, inout Settings) -> Bool

    init<Value: NamedChoice>(_ target: Target<Value>) {
      names = Value.allCases.map(\.name)
      name = { $0[keyPath: target].name }
      select = { name, settings in
        guard let value = Value.allCases.first(where: { $0.name == name }) else { return false }
        settings[keyPath: target] = value
        return true
      }
    }

    init<Value: NamedChoice>(_ target: Target<Value?>) {
      names = Value.allCases.map(\.name)
      name = { $0[keyPath: target]?.name }
      select = { name, settings in
        guard let value = Value.allCases.first(where: { $0.name == name }) else { return false }
        settings[keyPath: target] = value
        return true
      }
    }
  }
}

extension Option.Kind {
  /// Whether a value follows the option on the command line.
  var takesValue: Bool {
    if case .flag = self { false } else { true }
  }

  /// What stands for the value in help: `SIZE`, `factory|home`.
  var placeholder: String? {
    switch self {
    case .flag: nil
    case .number: "N"
    case .size, .memory: "SIZE"
    case .duration: "TIME"
    case .path(let placeholder, _): placeholder
    case .address, .proxy: "URL"
    case .device: "NUMBER"
    case .profile: ProfileTable.builtInNames.joined(separator: "|")
    case .choice(let choice): choice.names.joined(separator: "|")
    case .mountWords: "WORD[=VALUE],…"
    }
  }

  /// What a value must be, in words that follow “expects”.
  ///
  /// - Parameter memory: the machine's.
  func expectation(memory: ByteSize) -> String {
    switch self {
    case .flag: "true or false"
    case .number(let bounds, _): "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
    case .size(let bounds, _):
      "a size from \(bounds.lowerBound.argument) to \(bounds.upperBound.argument), in bytes or with K, M, G or T"
    case .memory(let least, _):
      "a size from \(least.argument) to \(memory.argument), which this machine has, in bytes or with K, M, G or T"
    case .duration(let bounds, _):
      "a time from \(bounds.lowerBound.argument) to \(bounds.upperBound.argument), in seconds or with ms, s, m, h or d"
    case .path(let placeholder, _): placeholder == "DIR" ? "a directory" : "a file"
    case .address: "an http or https address with a host, without user, query or fragment"
    case .proxy: "a proxy's address, such as http://proxy.example:3128"
    case .device: "an IMEI of 15 digits or a serial number of 8 to 20 capital letters and digits"
    case .profile:
      "\(ProfileTable.builtInNames.joined(separator: ", ")), or a profile of the configuration file"
    case .choice(let choice): choice.names.joined(separator: " or ")
    case .mountWords: "words with commas between them"
    }
  }

  /// The setting as a person would write it as an argument; nil for one that is not set, and for flags.
  func argument(in settings: Settings) -> String? {
    switch self {
    case .flag, .proxy, .device, .mountWords: nil
    case .number(_, let target): "\(settings[keyPath: target])"
    case .size(_, let target), .memory(_, let target): settings[keyPath: target].argument
    case .duration(_, let target): settings[keyPath: target].argument
    case .path(_, let target): settings[keyPath: target]?.text
    case .address(let target): settings[keyPath: target]?.description
    case .profile(let target): settings[keyPath: target].name
    case .choice(let choice): choice.name(settings)
    }
  }
}
