import Glibc
import Primitives
import TestSupport
import Testing

@testable import CommandLine

@Suite struct ConfigurationSyntaxTests {
  @Test(arguments: [
    (#"k = "v""#, "v"), (#"k="a # b" # c"#, "a # b"), (#"k = "\"\\\t\u00e9\U0001F600""#, "\"\\\té😀"),
    (#"k = 'a\b"c'"#, #"a\b"c"#), ("k = true", "true"), ("k = 1_000", "1000"), ("k = a_b", "a_b"),
    ("\tk\t=\t10G\t# comment", "10G"), ("k = two words  ", "two words"), ("k = 8#comment", "8"),
    ("k = http://host:1/", "http://host:1/"), ("k = ''", ""), ("k = \"\"\r", ""),
  ])
  func values(line: String, value: String) throws {
    let file = try ConfigurationFile(parsing: line, name: "f")
    #expect(file.entries == [.init(key: "k", value: value, line: 1)])
  }

  @Test func linesAreCountedAndTablesKeptApart() throws {
    let text = """
      \u{FEFF}# first
      ; second

      a = 1
        b = 2
      [ profile.x ] # comment
      a = 3
      [profile.y]
      """
    let file = try ConfigurationFile(parsing: text, name: "f")
    #expect(file.entries == [.init(key: "a", value: "1", line: 4), .init(key: "b", value: "2", line: 5)])
    #expect(file.profiles == ["x": ["a": "3"], "y": [:]])
  }

  @Test(arguments: [
    ("k", "KEY = VALUE is expected"), ("= 1", "KEY = VALUE is expected"),
    ("a.b = 1", "KEY = VALUE is expected"),
    ("k =", "a value is missing"), ("k = # c", "a value is missing"), ("k = \"a", "a closing \" is missing"),
    ("k = 'a", "a closing ' is missing"), ("k = \"a\" b", "“b” is too much"),
    (#"k = "\x""#, #"after \ one of " \ b t n f r u U is expected"#),
    (#"k = "\uD800""#, #"\u needs 4 hexadecimal digits of a character"#),
    (#"k = "\u+041""#, #"\u needs 4 hexadecimal digits of a character"#),
    (#"k = "\U0011""#, #"\U needs 8 hexadecimal digits of a character"#),
    ("k = [1, 2]", "lists and tables are not values here"),
    ("k = { a = 1 }", "lists and tables are not values here"),
    ("k = \"\"\"", "“\"” is too much"), ("k = a\u{0}b", "a control character is not allowed"),
    ("[profile.a", "a ] is missing"), ("[profile.a] x", "“x” is too much"),
    ("[mount]", "[mount] is not known, only [profile.NAME] is"),
    ("[profile.]", "[profile.] is not known, only [profile.NAME] is"),
    ("[profile.a/b]", "[profile.a/b] is not known, only [profile.NAME] is"),
    ("[profile.auto]", "a profile cannot be called auto"), ("k = 1\nk = 2", "“k” is there twice"),
    ("[profile.a]\nk = 1\nk = 2", "“k” is there twice"),
    ("[profile.a]\n[profile.a]", "[profile.a] is there twice"),
  ])
  func mistakesAreNamedWithTheirLine(text: String, words: String) {
    let line = text.split(separator: "\n").count + 1
    #expect(throws: Failure(.invalid, "f, line \(line): \(words).")) {
      try ConfigurationFile(parsing: "# comment\n" + text, name: "f")
    }
  }

  @Test func unknownKeysNameTheNearest() {
    #expect(
      refusal(["/m"], configuration: "\n\ncache_size = 1G")
        == "“cache_size” in /home/me/.config/fusfs/config.toml, line 3 is not a known key (did you mean "
        + "cache-size?). See fusfs --help.")
  }

  @Test func noBytesMakeItFail() {
    var generator = SplitMix(seed: 3)
    let alphabet = Array("k=\"'\\u0aU[]{}#.; \tprofile\n\u{FEFF}é".utf8)
    for _ in 0..<5000 {
      let count = Int(generator.next() % 40)
      let bytes = (0..<count).map { _ in alphabet[Int(generator.next() % UInt64(alphabet.count))] }
      let text = String(decoding: bytes, as: UTF8.self)
      guard let file = try? ConfigurationFile(parsing: text, name: "f") else { continue }
      #expect(file.entries.allSatisfy { ConfigurationFile.isBareKey($0.key) })
    }
  }
}

@Suite struct ConfigurationReadingTests {
  private let me = geteuid()

  private func read(_ file: PathName, isRequired: Bool = true, as userID: UInt32? = nil) throws -> String? {
    try ConfigurationFile.read(file, isRequired: isRequired, userID: userID ?? me)
  }

  private func sentence(_ body: () throws -> String?) -> String? {
    do {
      _ = try body()
      return nil
    } catch { return "\(error)" }
  }

  @Test(arguments: [0o600, 0o644, 0o400] as [mode_t])
  func ownFileIsRead(mode: mode_t) throws {
    try withTemporaryDirectory { directory in
      let file = try directory.appending("config.toml")
      try makeFile(file, "memory = 1G\n", mode: mode)
      #expect(try read(file) == "memory = 1G\n")
    }
  }

  @Test(arguments: [0o620, 0o602, 0o666] as [mode_t])
  func fileThatOthersCanWriteIsRefused(mode: mode_t) throws {
    try withTemporaryDirectory { directory in
      let file = try directory.appending("config.toml")
      try makeFile(file, "", mode: mode)
      let text = sentence { try read(file, isRequired: false) }
      #expect(
        text == "Others can write the configuration file \(file). Take that from them: chmod go-w \(file)")
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only the superuser can give files away"))
  func fileOfAnotherUserIsRefused() throws {
    try withTemporaryDirectory { directory in
      let file = try directory.appending("config.toml")
      try makeFile(file, "")
      #expect(try read(file, as: 1000) == "")
      try #require(unsafe chown(file.text, 1001, 1001) == 0)
      for userID in [0, 1000] as [UInt32] {
        let text = sentence { try read(file, as: userID) }
        #expect(text?.hasPrefix("The configuration file \(file) belongs to another user.") == true)
      }
      #expect(try read(file, as: 1001) == "")
    }
  }

  @Test func fileThatOthersCanReplaceIsRefused() throws {
    try withTemporaryDirectory { directory in
      let folder = try directory.appending("open")
      let file = try folder.appending("config.toml")
      try #require(unsafe mkdir(folder.text, 0o700) == 0)
      try makeFile(file, "memory = 1G\n")
      try #require(unsafe chmod(folder.text, 0o777) == 0)
      for isRequired in [false, true] {
        let text = sentence { try read(file, isRequired: isRequired) }
        #expect(
          text?.contains("where everybody can put something else in its place") == true, "\(text ?? "")")
      }
      let missing = try read(try folder.appending("none"), isRequired: false)
      #expect(missing == nil)
      try #require(unsafe chmod(folder.text, 0o1777) == 0)
      #expect(try read(file) == "memory = 1G\n")
    }
  }

  @Test func ownLinkIsFollowed() throws {
    try withTemporaryDirectory { directory in
      let (file, link) = (try directory.appending("dotfiles"), try directory.appending("config.toml"))
      try makeFile(file, "memory = 1G\n")
      try #require(unsafe symlink("dotfiles", link.text) == 0)
      #expect(try read(link) == "memory = 1G\n")
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only the superuser can give files away"))
  func linkOfAnotherUserIsNotFollowed() throws {
    try withTemporaryDirectory { directory in
      let (file, link) = (try directory.appending("dotfiles"), try directory.appending("config.toml"))
      try makeFile(file, "memory = 1G\n")
      try #require(unsafe symlink("dotfiles", link.text) == 0 && lchown(link.text, 1001, 1001) == 0)
      let text = sentence { try read(link) }
      #expect(text?.contains("the symbolic link \(link), which belongs to another user (1001)") == true)
    }
  }

  @Test func missingFileIsFineUnlessNamed() throws {
    try withTemporaryDirectory { directory in
      let file = try directory.appending("config.toml")
      for missing in [file, try file.appending("below")] {
        let text = try read(missing, isRequired: false)
        #expect(text == nil)
      }
      #expect(
        sentence { try read(file) }
          == "The configuration file \(file) cannot be read: No such file or directory.")
    }
  }

  @Test func otherKindsOfFileAreRefused() throws {
    try withTemporaryDirectory { directory in
      let fifo = try directory.appending("fifo")
      try #require(unsafe mkfifo(fifo.text, 0o600) == 0)
      for file in [fifo, directory] {
        #expect(sentence { try read(file) } == "The configuration file \(file) is not a regular file.")
      }
    }
    let null = try #require(PathName("/dev/null", in: "/", home: nil))
    #expect(try read(null) == "")
  }

  @Test func sizeIsBounded() throws {
    try withTemporaryDirectory { directory in
      let most = String(repeating: "#", count: ConfigurationFile.sizeLimit)
      let (full, over) = (try directory.appending("full"), try directory.appending("over"))
      try makeFile(full, most)
      try makeFile(over, most + "#")
      #expect(try read(full) == most)
      #expect(sentence { try read(over) } == "\(over) is larger than 1.0 MiB.")
    }
  }

  @Test func textMustBeUnicode() throws {
    try withTemporaryDirectory { directory in
      let file = try directory.appending("config.toml")
      try makeFile(file, "")
      let descriptor = unsafe open(file.text, O_WRONLY)
      try #require(descriptor >= 0)
      try #require(unsafe write(descriptor, [0xFF, 0xFE] as [UInt8], 2) == 2)
      close(descriptor)
      #expect(sentence { try read(file) } == "\(file) is not UTF-8 text.")
    }
  }
}
