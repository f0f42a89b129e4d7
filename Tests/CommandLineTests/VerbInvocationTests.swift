import FUSNet
import Primitives
import Testing

@testable import CommandLine

@Suite struct VerbInvocationTests {
  @Test func info() throws {
    let expected = try mount(["/m", "--protocol=kies2"]).client
    for json in [true, false] {
      let arguments = ["--protocol", "kies2", "info", "SM-A207F", "SER"] + (json ? ["--json"] : [])
      #expect(
        try parse(arguments)
          == .info(
            InfoOptions(
              client: expected, model: "SM-A207F", region: "SER", showsMembers: false, depth: 64, isJSON: json
            )))
    }
  }

  @Test(arguments: [
    (["--members"], 64), (["--members", "--depth", "1"], 1), (["--depth=64", "--members"], 64),
  ])
  func infoOfMembers(arguments: [String], depth: Int) throws {
    guard case .info(let options) = try parse(["info", "M", "C"] + arguments) else {
      Issue.record("no info")
      return
    }
    #expect(options.showsMembers)
    #expect(options.depth == depth)
  }

  @Test func verify() throws {
    let path = try #require(PathName("/start/here/boot.img.lz4", in: "/", home: nil))
    #expect(try parse(["verify", "boot.img.lz4"]) == .verify(VerifyOptions(path: path, isJSON: false)))
    #expect(try parse(["--json", "verify", path.text]) == .verify(VerifyOptions(path: path, isJSON: true)))
    #expect(refusal(["verify", "a"], configuration: "nonsense") == nil)
    let homeless = ProcessEnvironment(userID: 1000, directory: "/start", memory: testMemory) { _ in nil }
    #expect(refusal(["verify", "a"], environment: homeless) == nil)
  }

  private func place(_ text: String, _ path: String) throws -> Place {
    Place(text: text, path: try #require(PathName(path, in: "/", home: nil)))
  }

  @Test func fetch() throws {
    let client = try mount(["/m", "--connections=2"]).client
    #expect(
      try parse(["fetch", "m/a", "SM-A207F/SER", "--json", "--connections", "2"])
        == .fetch(
          FetchOptions(
            client: client,
            places: [
              place("m/a", "/start/here/m/a"), place("SM-A207F/SER", "/start/here/SM-A207F/SER"),
            ], isJSON: true)))
  }

  @Test func cache() throws {
    let client = try mount(["/m"]).client
    let pinned = try place("x.zip", "/start/here/x.zip")
    for (arguments, action) in [
      (["status"], .status), (["pin", "x.zip"], .pin(pinned)), (["unpin", "x.zip"], .unpin(pinned)),
      (["trim"], .trim(nil)), (["trim", "1G"], .trim(ByteSize(bytes: 1 << 30))),
      (["trim", "0"], .trim(.zero)),
      (["clear"], .clear(pinned: false)), (["clear", "--force"], .clear(pinned: true)),
    ] as [([String], CacheOptions.Action)] {
      let expected = CacheOptions(client: client, action: action, isJSON: false)
      #expect(try parse(["cache"] + arguments) == .cache(expected))
    }
    #expect(refusal(["cache", "status"], configuration: "cache-size = 0") != nil)
  }

  @Test func status() throws {
    #expect(try parse(["status"]) == .status(StatusOptions(mountpoint: nil, isJSON: false)))
    let mountpoint = try #require(PathName("/start/here/m", in: "/", home: nil))
    #expect(
      try parse(["status", "m", "--json"]) == .status(StatusOptions(mountpoint: mountpoint, isJSON: true)))
    #expect(refusal(["status"], configuration: "nonsense") == nil)
  }

  @Test func infoTakesTheConfigurationFileOfMounts() throws {
    guard
      case .info(let options) = try parse(["info", "M", "C"], configuration: "latest-ttl = 5\nnature = home")
    else {
      Issue.record("no info")
      return
    }
    #expect(options.client.server.nature == .home)
  }

  @Test(arguments: ["unmount", "umount"])
  func unmount(word: String) throws {
    let mountpoint = try #require(PathName("/start/here/m", in: "/", home: nil))
    #expect(try parse([word, "m"]) == .unmount(UnmountOptions(mountpoint: mountpoint, isLazy: false)))
    #expect(
      try parse([word, "--lazy", "m"]) == .unmount(UnmountOptions(mountpoint: mountpoint, isLazy: true)))
    // A broken configuration file is no reason to refuse it.
    #expect(refusal([word, "m"], configuration: "nonsense") == nil)
  }

  @Test(arguments: [
    (["-f"], "MOUNTPOINT is missing. See fusfs --help."),
    (["info"], "MODEL is missing. See fusfs info --help."),
    (["info", "SM-A207F"], "CSC is missing. See fusfs info --help."),
    (["info", "M", "C", "D"], "“D” is one argument too many. See fusfs info --help."),
    (
      ["info", "M", "C", "--depth", "2"],
      "--depth has no meaning without --members. See fusfs info --help."
    ),
    (
      ["info", "M", "C", "--members", "--depth", "65"],
      "--depth expects a whole number from 1 to 64, not “65”. See fusfs info --help."
    ),
    (["/m", "--members"], "--members has no meaning for mounting. See fusfs --help."),
    (["info", "M", "C", "--expand=off"], "--expand has no meaning for fusfs info. See fusfs info --help."),
    (["verify"], "PATH is missing. See fusfs verify --help."),
    (["verify", ""], "PATH expects a file, not “”. See fusfs verify --help."),
    (["verify", "a", "b"], "“b” is one argument too many. See fusfs verify --help."),
    (["verify", "a", "--offline"], "--offline has no meaning for fusfs verify. See fusfs verify --help."),
    (["fetch"], "PATH or MODEL/CSC is missing. See fusfs fetch --help."),
    (["fetch", "a/b", ""], "PATH or MODEL/CSC is expected, not “”. See fusfs fetch --help."),
    (["fetch", "a", "--expand", "off"], "--expand has no meaning for fusfs fetch. See fusfs fetch --help."),
    (["cache"], "fusfs cache expects status, pin, unpin, trim, clear. See fusfs cache --help."),
    (
      ["cache", "pni", "x"],
      "“pni” is not a command of fusfs cache (did you mean pin?). See fusfs cache --help."
    ),
    (["cache", "status", "x"], "“x” is one argument too many. See fusfs cache status --help."),
    (["cache", "clear", "x"], "“x” is one argument too many. See fusfs cache clear --help."),
    (["cache", "pin"], "PATH, MODEL/CSC or NAME is missing. See fusfs cache pin --help."),
    (["cache", "pin", "x", "y"], "“y” is one argument too many. See fusfs cache pin --help."),
    (["cache", "trim", "1G", "2G"], "“2G” is one argument too many. See fusfs cache trim --help."),
    (
      ["cache", "trim", "-1"], "-1 is not an option. See fusfs --help."
    ),
    (
      ["cache", "trim", "1.5G"],
      "SIZE expects a size from 0 to 1024T, in bytes or with K, M, G or T, not “1.5G”. See fusfs cache trim --help."
    ),
    (
      ["cache", "trim", "1025T"],
      "SIZE expects a size from 0 to 1024T, in bytes or with K, M, G or T, not “1025T”. See fusfs cache trim --help."
    ),
    (
      ["cache", "pin", "x", "--force"],
      "--force has no meaning for fusfs cache pin. See fusfs cache pin --help."
    ),
    (["status", "/m", "/n"], "“/n” is one argument too many. See fusfs status --help."),
    (["status", "--memory=1G"], "--memory has no meaning for fusfs status. See fusfs status --help."),
    (
      ["cahce", "status"],
      "“cahce” is not a command (did you mean cache?). To mount, give one directory; a source before it needs -o."
    ),
    (["unmount"], "MOUNTPOINT is missing. See fusfs unmount --help."),
    (["unmount", "/m", "/n"], "“/n” is one argument too many. See fusfs unmount --help."),
    (
      ["unmout", "/m"],
      "“unmout” is not a command (did you mean unmount?). To mount, give one directory; a source before it needs -o."
    ),
    (
      ["inof", "M", "C", "-o", "ro"],
      "“inof” is not a command (did you mean info?). To mount, give one directory; a source before it needs -o."
    ),
    (["/m", "--memroy", "1G"], "--memroy is not an option (did you mean --memory?). See fusfs --help."),
    (["/m", "--xyzzy=1"], "--xyzzy is not an option. See fusfs --help."),
    (["/m", "--o"], "--o is not an option. See fusfs --help."),
    (["/m", "-fx"], "-x is not an option. See fusfs --help."),
    (["/m", "--json"], "--json has no meaning for mounting. See fusfs --help."),
    (["info", "M", "C", "-f"], "-f has no meaning for fusfs info. See fusfs info --help."),
    (["info", "M", "C", "-o", "ro"], "-o has no meaning for fusfs info. See fusfs info --help."),
    (
      ["unmount", "/m", "--memory=1G"], "--memory has no meaning for fusfs unmount. See fusfs unmount --help."
    ),
    (["/m", "-o"], "-o expects words with commas between them. See fusfs --help."),
    (["/m", "--cache-dir"], "--cache-dir expects a directory. See fusfs --help."),
    (["/m", "-o", "cache-dir"], "-o cache-dir expects a directory. See fusfs --help."),
    (["/m", "-o", "cach-dir=/a"], "-o cach-dir is not known (did you mean cache-dir?). See fusfs --help."),
    (
      ["/m", "-o", "alow_other"], "-o alow_other is not known (did you mean allow_other?). See fusfs --help."
    ),
    (["/m", "-o", "max_read"], "-o max_read needs a value. See fusfs --help."),
    (["/m", "-o", "nosuid=1"], "-o nosuid takes no value. See fusfs --help."),
    (["/m", "-o", "\u{1B}[31m"], "-o �[31m is not known. See fusfs --help."),
    ([""], "MOUNTPOINT expects a directory, not “”. See fusfs --help."),
  ])
  func mistakesAreNamed(arguments: [String], sentence: String) {
    #expect(refusal(arguments) == sentence)
  }
}
