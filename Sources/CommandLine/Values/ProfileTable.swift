import FUSNet

/// The protocol profiles that can be chosen by name: the built-in ones, and those of the configuration file.
struct ProfileTable: Sendable {
  /// The word that leaves the choice to this program.
  static let automaticName = "auto"
  /// The words that need no configuration file: `auto`, then the built-in profiles, newest first.
  static let builtInNames = [automaticName] + Profile.builtIn.map(\.name)

  private var profiles = Dictionary(uniqueKeysWithValues: Profile.builtIn.map { ($0.name, $0) })

  /// What `auto` stands for: the newest, `smart`, as the configuration file may have changed it.
  var automatic: Profile { profiles[Profile.smart.name, default: .smart] }

  /// The profile that a word stands for; nil if there is none.
  subscript(name: String) -> Profile? {
    name == Self.automaticName ? automatic : profiles[name]
  }

  /// Adds a profile, or replaces the one of the same name.
  mutating func add(_ profile: Profile) {
    profiles[profile.name] = profile
  }
}
