import FUSNet
import Primitives
import Testing

@testable import CommandLine

@Suite struct MountInvocationTests {
  @Test func aMountpointIsEnough() throws {
    let options = try mount(["mnt"])
    #expect(options.mountpoint.text == "/start/here/mnt")
    #expect(options.client.cacheDirectory.text == "/home/me/.cache/fusfs")
    #expect(options.client.server == ServerSettings())
    #expect(!options.runsInForeground)
    #expect(options.libfuseWords == ["fsname=fusfs", "subtype=fusfs"])
  }

  @Test(arguments: [["-f", "/m"], ["/m", "--foreground"], ["-fo", "rw", "/m"]])
  func foreground(arguments: [String]) throws {
    #expect(try mount(arguments).runsInForeground)
  }

  @Test func fstabLine() throws {
    let options = try mount(["none", "/mnt/fus", "-o", "rw,nosuid,dev,_netdev,cache-size=20G"])
    #expect(options.mountpoint.text == "/mnt/fus")
    #expect(options.client.cacheSize.argument == "20G")
    #expect(options.libfuseWords == ["nosuid", "fsname=fusfs", "subtype=fusfs"])
  }

  @Test func sourceIsTheNameOfTheFileSystem() throws {
    #expect(try mount(["a,b\\c", "/m", "-o", "ro"]).libfuseWords.contains("fsname=a\\,b\\\\c"))
    #expect(
      try mount(["src", "/m", "-o", "fsname=x\\,y"]).libfuseWords == ["fsname=x\\,y", "subtype=fusfs"])
  }

  @Test(arguments: [
    "rw", "ro", "suid", "dev", "exec", "_netdev", "user", "users", "noauto", "nofail", "defaults", "relatime",
    "x-systemd.automount", "x-systemd.mount-timeout=30", "X-mount.mkdir", "comment=hello", "",
  ])
  func wordsOfMountChangeNothing(word: String) throws {
    #expect(try mount(["/m", "-o", word]) == mount(["/m"]))
  }

  @Test(arguments: [
    "allow_other", "allow_root", "auto_unmount", "default_permissions", "nosuid", "nodev", "noexec",
    "noatime",
    "max_read=131072",
  ])
  func wordsOfLibfuseArePassedOn(word: String) throws {
    #expect(try mount(["/m", "-o\(word)"]).libfuseWords == [word, "fsname=fusfs", "subtype=fusfs"])
  }

  @Test func wordsAreCollectedFromEachUse() throws {
    let options = try mount(["-o", "allow_other,cache-dir=/a\\,b\\\\c", "/m", "-o", "subtype=x,memory=1G"])
    #expect(options.libfuseWords == ["allow_other", "subtype=x", "fsname=fusfs"])
    #expect(options.client.cacheDirectory.text == "/a,b\\c")
    #expect(options.client.memory.argument == "1G")
  }

  @Test func pathsAreRelativeToTheDirectoryTheyWereWrittenIn() throws {
    #expect(try mount(["/m", "--cache-dir", "c"]).client.cacheDirectory.text == "/start/here/c")
    #expect(try mount(["/m", "-o", "log-file=../l"]).client.log.file?.text == "/start/here/../l")
    let fromFile = try mount(["/m"], configuration: "cache-dir = 'c'\nlog-file = ~/log")
    #expect(fromFile.client.cacheDirectory.text == "/home/me/.config/fusfs/c")
    #expect(fromFile.client.log.file?.text == "/home/me/log")
  }

  @Test func aVerbsNameCanBeAMountpoint() throws {
    #expect(try mount(["./info"]).mountpoint.text == "/start/here/info")
    #expect(try mount(["--", "-dir"]).mountpoint.text == "/start/here/-dir")
  }

  @Test func profilesOfTheFileCanBeChosen() throws {
    let file = """
      protocol = kies4
      [profile.kies4]
      base = "kies3"   # like it
      key1 = 'abcdefghijklmnop"123456789012345'
      client-version = 5
      """
    let server = try mount(["/m"], configuration: file).client.server
    let table = [
      "base": "kies3", "key1": "abcdefghijklmnop\"123456789012345", "client-version": "5",
    ]
    #expect(try server.profile == Profile(name: "kies4", overrides: table))
    #expect(
      refusal(["/m", "--protocol", "kies5"], configuration: file)
        == "--protocol expects auto, smart, kies3, kies2, kies1, or a profile of the configuration file, "
        + "not “kies5”. See fusfs --help.")
    #expect(try mount(["/m", "--protocol", "kies1"], configuration: file).client.server.profile == .kies1)
  }

  @Test func autoIsSmartAsTheFileHasIt() throws {
    #expect(try mount(["/m", "--protocol", "auto"]).client.server.profile == .smart)
    let file = "[profile.smart]\nuser-agent = own"
    let own = try Profile(name: "smart", overrides: ["user-agent": "own"])
    for arguments in [["/m"], ["/m", "--protocol", "auto"], ["/m", "--protocol", "smart"]] {
      #expect(try mount(arguments, configuration: file).client.server.profile == own)
    }
  }

  @Test func mistakesInProfilesNameFileAndKey() {
    #expect(
      refusal(["/m"], configuration: "[profile.kies4]\nbase = kies3\nkey1 = short")
        == "/home/me/.config/fusfs/config.toml: The key key1 of the profile kies4 does not have 32 characters. "
        + "See fusfs --help.")
  }
}

@Suite struct DefaultPlaceTests {
  @Test(
    arguments: [
      ([:], 0, "/var/cache/fusfs", "/etc/fusfs/config.toml"),
      (["HOME": "/"], 0, "/var/cache/fusfs", "/etc/fusfs/config.toml"),
      (["HOME": "/root"], 0, "/root/.cache/fusfs", "/root/.config/fusfs/config.toml"),
      (["HOME": "/home/me"], 1000, "/home/me/.cache/fusfs", "/home/me/.config/fusfs/config.toml"),
      (
        ["HOME": "/home/me", "XDG_CACHE_HOME": "/c/", "XDG_CONFIG_HOME": "/d"], 1000, "/c/fusfs",
        "/d/fusfs/config.toml"
      ),
      (
        ["HOME": "/home/me", "XDG_CACHE_HOME": "relative", "XDG_CONFIG_HOME": ""], 1000,
        "/home/me/.cache/fusfs",
        "/home/me/.config/fusfs/config.toml"
      ),
    ] as [([String: String], UInt32, String, String)])
  func follow(variables: [String: String], userID: UInt32, cache: String, configuration: String) throws {
    let environment = ProcessEnvironment(userID: userID, directory: "/start", memory: testMemory) {
      variables[$0]
    }
    var asked: [PathName] = []
    let invocation = try InvocationParser(environment: environment).parse(["/m"]) { file, isRequired in
      #expect(!isRequired)
      asked.append(file)
      return nil
    }
    guard case .mount(let options) = invocation else {
      Issue.record("no mount")
      return
    }
    #expect(options.client.cacheDirectory.text == cache)
    #expect(asked.map(\.text) == [configuration])
  }

  @Test func withoutHomeAPersonNamesTheDirectory() throws {
    let environment = ProcessEnvironment(userID: 1000, directory: "/start", memory: testMemory) { _ in nil }
    #expect(
      refusal(["/m"], environment: environment)
        == "There is no home directory to keep the cache in. Give --cache-dir DIR.")
    #expect(try mount(["/m", "--cache-dir=/c"], environment: environment).client.cacheDirectory.text == "/c")
  }

  @Test(arguments: [
    (["/m", "--config", "my.toml"], "/start/here/my.toml"), (["/m", "-o", "config=/a/b"], "/a/b"),
    (["/m", "--config=/c", "-o", "config=/a/b"], "/c"), (["info", "M", "C", "--config", "/c"], "/c"),
  ])
  func aNamedFileIsRequired(arguments: [String], path: String) throws {
    var asked: [String] = []
    _ = try InvocationParser(environment: person).parse(arguments) { file, isRequired in
      #expect(isRequired)
      asked.append(file.text)
      return nil
    }
    #expect(asked == [path])
  }
}

@Suite struct SuggestionTests {
  @Test(arguments: [
    ("cache_size", "cache-size"), ("mmeory", "memory"), ("MEMORY", "memory"), ("connection", "connections"),
  ])
  func nearWordsAreFound(word: String, known: String) {
    #expect(nearestWord(to: word, among: Option.table.map(\.name)) == known)
  }

  @Test(arguments: ["", "zzzzzzzz", String(repeating: "memory", count: 100)])
  func farWordsAreNot(word: String) {
    #expect(nearestWord(to: word, among: ["memory", "offline"]) == nil)
  }
}
