import Primitives
import Testing

@testable import CommandLine
@testable import FUSNet

/// Every option that can be given in all three places, with two values and what they set.
private struct Sample: Sendable, CustomTestStringConvertible {
  let option: String
  let value: String
  let other: String
  /// The setting, in a form to compare.
  let setting: @Sendable (MountOptions) -> String

  var testDescription: String { option }

  init(
    _ option: String, _ value: String, _ other: String, setting: @escaping @Sendable (MountOptions) -> String
  ) {
    self.option = option
    self.value = value
    self.other = other
    self.setting = setting
  }

  static let all = [
    Sample("cache-dir", "/a", "/b") { $0.client.cacheDirectory.text },
    Sample("cache-size", "1G", "2G") { $0.client.cacheSize.argument },
    Sample("memory", "64M", "128M") { $0.client.memory.argument },
    Sample("connections", "3", "4") { "\($0.client.connections)" },
    Sample("read-timeout", "5s", "2m") { $0.client.readTimeout.argument },
    Sample("latest-ttl", "5m", "2h") { $0.latestTTL.argument },
    Sample("expand", "known", "off") { $0.expansion.name },
    Sample("offline", "true", "false") { "\($0.client.isOffline)" },
    Sample("protocol", "kies3", "smart") { $0.client.server.profile.name },
    Sample("imei", "123456789012345", "R58M123ABCD") { $0.client.server.device?.value ?? "none" },
    Sample("nature", "home", "factory") { $0.client.server.nature.name },
    Sample("server-url", "http://a/", "http://b/") { $0.client.server.server?.description ?? "none" },
    Sample("cdn-url", "http://a/", "http://b/") { $0.client.server.cdn?.description ?? "none" },
    Sample("fota-url", "http://a/", "http://b/") { $0.client.server.fota?.description ?? "none" },
    Sample("proxy", "http://a:1", "http://b:1") { $0.client.server.proxy?.address.exposed ?? "none" },
    Sample("ca-file", "/a", "/b") { $0.client.server.authorities?.text ?? "none" },
    Sample("log-level", "debug", "error") { $0.client.log.level.name },
    Sample("log-file", "/a", "/b") { $0.client.log.file?.text ?? "none" },
  ]
}

@Suite struct OptionPlaceTests {
  @Test func everyOptionHasASample() {
    let names = Option.table.filter { $0.places == .everywhere }.map(\.name)
    #expect(Set(names) == Set(Sample.all.map(\.option)))
    #expect(Set(Option.table.map(\.name)).count == Option.table.count)
    let shorts = Option.table.compactMap(\.short)
    #expect(Set(shorts).count == shorts.count)
  }

  @Test(arguments: Sample.all)
  fileprivate func isReadInEachPlace(sample: Sample) throws {
    let (name, value) = (sample.option, sample.value)
    #expect(sample.setting(try mount(["/m", "--\(name)=\(value)"])) == value)
    #expect(sample.setting(try mount(["/m", "-o", "\(name)=\(value)"])) == value)
    #expect(sample.setting(try mount(["/m"], configuration: "\(name) = \"\(value)\"")) == value)
    #expect(sample.setting(try mount(["/m"], configuration: "\(name)=\(value)  # bare\r\n")) == value)
    if try #require(Option.named(name)).kind.takesValue {
      #expect(sample.setting(try mount(["--\(name)", value, "/m"])) == value)
    } else {
      #expect(sample.setting(try mount(["--\(name)", "/m"])) == value)
      #expect(sample.setting(try mount(["/m", "-o", "rw,\(name)"])) == value)
    }
  }

  @Test(arguments: Sample.all)
  fileprivate func commandLineWinsOverWordsAndThoseOverTheFile(sample: Sample) throws {
    let (name, value, other) = (sample.option, sample.value, sample.other)
    let file = "\(name) = '\(other)'"
    let word = ["-o", "\(name)=\(value)"]
    #expect(sample.setting(try mount(["/m"] + word, configuration: file)) == value)
    // Whichever comes first on the line.
    #expect(sample.setting(try mount(["--\(name)=\(other)", "/m"] + word)) == other)
    #expect(sample.setting(try mount(["/m"] + word + ["--\(name)=\(other)"])) == other)
    #expect(sample.setting(try mount(["/m", "--\(name)=\(other)", "--\(name)=\(value)"])) == value)
  }

  @Test(arguments: Sample.all)
  fileprivate func defaultIsWhatHelpSays(sample: Sample) throws {
    let option = try #require(Option.named(sample.option))
    guard option.defaultWords == nil, let shown = option.shownDefault else { return }
    #expect(sample.setting(try mount(["/m"])) == shown)
  }

  @Test(arguments: [
    (
      "cache-size", "a size from 1M to 1024T",
      ["0", "1023K", "2048T", "-1", "x", "", "1.5G", "1G1", "G", "16777216T", "99999999999999999999T"]
    ),
    (
      "memory", "a size from 64M to 1T, which this machine has",
      ["0", "-1", "-64M", "63M", "67108863", "2T", "1025G", "16777216T", "lots", "", "64 M", "0x4000000"]
    ),
    (
      "connections", "a whole number from 1 to 64",
      ["0", "-1", "65", "+3", "3.0", "3x", "many", "", "99999999999999999999"]
    ),
    (
      "read-timeout", "a time from 1s to 1h",
      ["0", "-1", "999ms", "3601", "61m", "soon", "", "1y", "9223372036854775807d"]
    ),
    ("latest-ttl", "a time from 1s to 30d", ["0", "0s", "-5m", "31d", "99999999999999999999"]),
    ("offline", "true or false", ["maybe", ""]),
    ("protocol", "auto, smart, kies3, kies2, kies1, or a profile", ["", "a b", "../x", "kies5"]),
    ("expand", "full or known or off", ["none", "Full", ""]),
    ("nature", "factory or home", ["Factory", ""]),
    ("log-level", "error or warning or info or debug", ["verbose"]),
    ("server-url", "an http or https address", ["ftp://a", "http://u:p@a/", "host"]),
    ("cache-dir", "a directory", [""]),
    ("log-file", "a file", [""]),
    ("ca-file", "a file", [""]),
  ])
  func badValuesAreNamed(option: String, expectation: String, values: [String]) throws {
    for value in values {
      let argument = try #require(refusal(["/m", "--\(option)=\(value)"]))
      #expect(argument.hasPrefix("--\(option) expects \(expectation)"))
      #expect(argument.hasSuffix(", not “\(value)”. See fusfs --help."))
      let word = try #require(refusal(["/m", "-o", "\(option)=\(value)"]))
      #expect(word.hasPrefix("-o \(option) expects \(expectation)"))
      let file = try #require(refusal(["/m"], configuration: "# first\n\(option) = '\(value)'"))
      #expect(
        file.hasPrefix("\(option) in /home/me/.config/fusfs/config.toml, line 2 expects \(expectation)"))
    }
  }

  /// What a machine has bounds what can be asked for, wherever it is said.
  @Test func memoryIsNoMoreThanTheMachineHas() throws {
    let small = ProcessEnvironment(userID: 1000, directory: "/start", memory: ByteSize(bytes: 512 << 20)) {
      ["HOME": "/home/me"][$0]
    }
    #expect(try mount(["/m", "--memory", "512M"], environment: small).client.memory.argument == "512M")
    for text in [
      refusal(["/m", "--memory", "513M"], environment: small),
      refusal(["/m", "-o", "memory=1G"], environment: small),
      refusal(["/m"], configuration: "memory = 1G", environment: small),
      refusal(["fetch", "SM-A207F/SER", "--memory", "1G"], environment: small),
    ] {
      #expect(try #require(text).contains(" expects a size from 64M to 512M, which this machine has, "))
    }
    #expect(ProcessEnvironment.current().memory.bytes % (1 << 20) == 0)
    #expect(ProcessEnvironment.current().memory >= MemoryPlan.least)
  }

  @Test(arguments: Option.table.filter(\.isSecret).map(\.name))
  func secretsAreNotRepeated(option: String) throws {
    let value = "!secret!"
    for text in [
      refusal(["/m", "--\(option)", value]), refusal(["/m", "-o", "\(option)=\(value)"]),
      refusal(["/m"], configuration: "\(option) = '\(value)'"),
    ] {
      #expect(!(try #require(text)).contains("secret!"))
    }
  }

  @Test func optionsOfTheCommandLineAloneAreNotElsewhere() {
    for option in Option.table where option.places == .commandLine {
      #expect(refusal(["/m", "-o", option.name])?.contains("-o \(option.name) is not known") == true)
    }
    for option in Option.table where option.places != .everywhere {
      let text = refusal(["/m"], configuration: "\(option.name) = 1")
      #expect(
        text?.contains("“\(option.name)” in /home/me/.config/fusfs/config.toml, line 1 is not a known key")
          == true)
    }
  }
}
