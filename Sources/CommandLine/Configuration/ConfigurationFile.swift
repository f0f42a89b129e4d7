import Primitives

/// The configuration file: the part of TOML that people write, and INI's values without quotes.
///
/// ```
///   # a comment
///   cache-size = "20G"
///   connections = 4            # numbers and truth values need no quotes,
///   server-url = https://…     # nor do other values without a #
///
///   [profile.kies4]            # a protocol profile, see `Profile.OverrideKey`
///   base = "kies3"
/// ```
struct ConfigurationFile: Sendable, Equatable {
  /// The most bytes that a configuration file may have.
  static let sizeLimit = 1 << 20

  struct Entry: Sendable, Equatable {
    let key: String
    /// Without quotes, escapes replaced.
    let value: String
    /// Counted from one.
    let line: Int
  }

  /// The keys before the first table, each once, in the order of the file.
  private(set) var entries: [Entry] = []
  /// The keys and values of each `[profile.NAME]`.
  private(set) var profiles: [String: [String: String]] = [:]

  /// Reads the text of the file called `name`. A mistake is named with its line.
  init(parsing text: String, name: String) throws(Failure) {
    guard text.utf8.count <= Self.sizeLimit else {
      throw Failure(.invalid, "\(name) is larger than \(ByteSize(bytes: UInt64(Self.sizeLimit)).words).")
    }
    var bytes = Array(text.utf8)[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    var profile: String?
    var number = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      do throws(ConfigurationLine.Mistake) {
        switch try ConfigurationLine(parsing: line) {
        case .empty: break
        case .table(let name): profile = try startProfile(name)
        case .value(let key, let value): try add(key, value, to: profile, line: number)
        }
      } catch {
        throw Failure(.invalid, "\(name), line \(number): \(error.words).")
      }
    }
  }

  private mutating func startProfile(_ table: String) throws(ConfigurationLine.Mistake) -> String {
    let prefix = "profile."
    let name = String(table.dropFirst(prefix.count))
    guard table.hasPrefix(prefix), Self.isBareKey(name) else {
      throw ConfigurationLine.Mistake("[\(printable(table))] is not known, only [profile.NAME] is")
    }
    guard name != ProfileTable.automaticName else {
      throw ConfigurationLine.Mistake("a profile cannot be called \(name)")
    }
    guard profiles[name] == nil else {
      throw ConfigurationLine.Mistake("[profile.\(name)] is there twice")
    }
    profiles[name] = [:]
    return name
  }

  private mutating func add(
    _ key: String, _ value: String, to profile: String?, line: Int
  ) throws(ConfigurationLine.Mistake) {
    let isRepeated: Bool
    if let profile {
      isRepeated = profiles[profile, default: [:]].updateValue(value, forKey: key) != nil
    } else {
      isRepeated = entries.contains { $0.key == key }
      entries.append(Entry(key: key, value: value, line: line))
    }
    if isRepeated { throw ConfigurationLine.Mistake("“\(key)” is there twice") }
  }

  /// Whether the text is a key that TOML reads without quotes: letters, digits, `_` and `-`.
  static func isBareKey(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(isBareKeyByte)
  }

  static func isBareKeyByte(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
  }
}
