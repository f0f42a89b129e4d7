import Primitives

/// The words of `-o`, sorted by whom they are for.
///
/// ```
///   rw,nosuid,_netdev,cache-size=10G,fsname=firmware,allow_other
///   │  │      │       │              └─ libfuse ─────┘
///   │  │      │       └ an option of this program
///   │  libfuse└ mount(8) alone
///   └ says nothing here: the file system is read-only
/// ```
struct MountWords: Sendable {
  struct Given: Sendable {
    let option: Option
    let value: String?
  }

  private(set) var options: [Given] = []
  /// Words to pass on, escaped as they came.
  private(set) var libfuseWords: [String] = []

  /// Adds the words of one `-o`. A comma within a word is written `\,`, a backslash `\\`.
  mutating func add(_ text: String) throws(Failure) {
    for word in Self.split(text) where !word.isEmpty {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      if let option = Option.named(name), option.places != .commandLine {
        options.append(Given(option: option, value: parts.count == 2 ? Self.unescaped(parts[1]) : nil))
      } else if let takesValue = Self.valueOfLibfuseWord(name) {
        guard takesValue == (parts.count == 2) else {
          throw Failure(.invalid, "-o \(name) \(takesValue ? "needs a" : "takes no") value.")
        }
        libfuseWords.append(word)
      } else if !Self.isForMount(name) {
        let known = Option.table.filter { $0.places != .commandLine }.map(\.name)
        let near = suggestion(for: name, among: known + Array(Self.forLibfuse) + Self.forLibfuseWithValue)
        throw Failure(.invalid, "-o \(printable(name)) is not known\(near).")
      }
    }
  }

  /// Words that libfuse takes, or passes to the kernel.
  private static let forLibfuse: Set<String> = [
    "allow_other", "allow_root", "auto_unmount", "default_permissions",
    "nosuid", "nodev", "noexec", "noatime", "sync", "async", "dirsync",
  ]

  private static let forLibfuseWithValue = [
    "fsname", "subtype", "max_read", "context", "fscontext", "defcontext", "rootcontext",
  ]

  /// Words of mount(8) that change nothing for a read-only file system without devices and programs of other users,
  /// or that are for mount(8) and systemd alone.
  private static let forMount: Set<String> = [
    "ro", "rw", "suid", "dev", "exec", "atime", "diratime", "nodiratime", "relatime", "norelatime",
    "strictatime",
    "nostrictatime", "lazytime", "nolazytime", "symfollow", "nosymfollow", "iversion", "noiversion", "silent",
    "loud",
    "mand", "nomand", "defaults", "auto", "noauto", "user", "nouser", "users", "nousers", "owner", "noowner",
    "group", "nogroup", "nofail", "_netdev", "comment",
  ]

  /// Whether a word for libfuse takes a value; nil for other words.
  private static func valueOfLibfuseWord(_ name: String) -> Bool? {
    forLibfuseWithValue.contains(name) ? true : forLibfuse.contains(name) ? false : nil
  }

  private static func isForMount(_ name: String) -> Bool {
    forMount.contains(name) || name.hasPrefix("x-") || name.hasPrefix("X-")
  }

  private static func split(_ text: String) -> [String] {
    var words: [[UInt8]] = [[]]
    var isEscaped = false
    for byte in text.utf8 {
      if byte == UInt8(ascii: ","), !isEscaped {
        words.append([])
      } else {
        words[words.count - 1].append(byte)
      }
      isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
    }
    return words.map { String(decoding: $0, as: UTF8.self) }
  }

  private static func unescaped(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var isEscaped = false
    for byte in text.utf8 {
      isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
      if !isEscaped { bytes.append(byte) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The value of `name=` as libfuse expects it.
  static func escaped(_ text: String) -> String {
    let bytes = text.utf8.flatMap { byte -> [UInt8] in
      byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\\") ? [UInt8(ascii: "\\"), byte] : [byte]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
