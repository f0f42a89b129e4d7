import Testing

@testable import FUSEmulator

@Suite struct PlanTests {
  private static let usual = [
    "out", "--model", "SM-A207F", "--region", "SER", "--version", "A207FXXU2CUI2", "--size", "24",
  ]

  @Test func understandsItsArguments() throws {
    let arguments = try ReleaseArguments(
      Self.usual + ["--seed=9", "--encryption", "enc2", "--nature", "home"])
    #expect(arguments.folder == "out" && arguments.model == "SM-A207F" && arguments.region == "SER")
    #expect(arguments.source == .generated(size: 24, keepsTrees: false) && arguments.seed == 9)
    #expect(
      try ReleaseArguments(Self.usual + ["--keep-trees"]).source == .generated(size: 24, keepsTrees: true))
    let ready = try ReleaseArguments(
      Self.usual.dropLast(2) + ["--package", "x.zip", "--members", "AP_x.tar.md5,HOME_CSC_x.tar.md5"])
    #expect(ready.source == .ready(path: "x.zip", members: ["AP_x.tar.md5", "HOME_CSC_x.tar.md5"]))
    #expect(
      ReleasePlan(ready).memberNames == [.system: "AP_x.tar.md5", .homeCustomisation: "HOME_CSC_x.tar.md5"])
    #expect(arguments.encryption == .enc2 && arguments.nature == .home)
    #expect(arguments.version.description == "A207FXXU2CUI2/A207FOXM2CUI2/A207FXXU2CUI2/A207FXXU2CUI2")
  }

  @Test(arguments: [
    (["--speed", "9"], "There is no option --speed."),
    (["--seed"], "--seed needs a value."),
    (["--seed", "1", "--seed", "2"], "--seed is given twice."),
    (["--seed", "-1"], "-1 is not a seed: a number from 0 on."),
    (["other"], "Name one folder for the release, not 2."),
    (["--nature", "odd"], "--nature is one of factory, home, not odd."),
    (["--keep-trees=x"], "--keep-trees takes no value."),
    (["--package", "x.zip"], "--size has no meaning beside --package."),
    (["--members", "AP_x.tar.md5"], "--members has no meaning without --package."),
  ]) func refusesWhatItDoesNotUnderstand(extra: [String], sentence: String) {
    #expect(throws: ReleaseFault.usage(sentence)) { try ReleaseArguments(Self.usual + extra) }
  }

  @Test(arguments: [
    (2, "sm-a207f"), (2, "../x"), (4, "SERB"), (4, "S/R"), (6, "A207F"), (6, "A/B"), (8, "15"), (8, "65537"),
    (8, "9999999999999999999999"),
  ]) func refusesMalformedValues(index: Int, value: String) {
    var arguments = Self.usual
    arguments[index] = value
    #expect(throws: ReleaseFault.self) { try ReleaseArguments(arguments) }
  }

  @Test func saysHowItEnded() {
    #expect(ReleaseMaker.run(arguments: ["--help"]) == 0)
    #expect(ReleaseMaker.run(arguments: ["out"]) == 2)
    var arguments = Self.usual
    arguments[0] = "/dev/null/release"
    #expect(ReleaseMaker.run(arguments: arguments) == 1)
  }

  @Test func takesVersionsOfFourParts() throws {
    let text = "S911USQS8FZG1/S911UOYN8FZG1/S911USQS8FZG0/S911USQS8FZG2"
    let version = try ReleaseVersion(text)
    #expect(version.description == text)
    #expect(version.customisationGroup == "OYN")
    #expect(version.month?.year == 2026 && version.month?.month == 7)
    #expect(try ReleaseVersion("A207FXXU2C1I2").month == nil)
  }

  @Test(arguments: [
    (ReleaseTime(year: 1970, month: 1, day: 1, secondOfDay: 0), 0, "1970/01/01 00:00:00"),
    (ReleaseTime(year: 2021, month: 9, day: 28, secondOfDay: 41855), 1_632_829_055, "2021/09/28 11:37:35"),
    (ReleaseTime(year: 2024, month: 2, day: 29, secondOfDay: 86399), 1_709_251_199, "2024/02/29 23:59:59"),
    (
      ReleaseTime(year: 2024, month: 2, day: 28, secondOfDay: 0).adding(days: 2), 1_709_251_200,
      "2024/03/01 00:00:00"
    ),
  ]) func tellsTheTime(time: ReleaseTime, seconds: Int, text: String) {
    #expect(time.seconds == seconds)
    #expect(time.text == text)
    #expect(time.digits == String(text.filter(\.isNumber)))
  }

  @Test func writesTimesAsDOSDoes() {
    let time = ReleaseTime(year: 2021, month: 9, day: 28, secondOfDay: 41855)
    #expect(time.dosTimestamp == 0x533c_5cb1)
  }

  @Test func derivesTheKeysThatClientsKnow() throws {
    let version = "S911USQS8FZG1/S911UOYN8FZG1/S911USQS8FZG1/S911USQS8FZG1"
    let picked = try #require(LogicCheck.text(version, nonce: "xs6z6jreet76o8j3"))
    #expect(Digest.of(Array(picked.utf8), .md5).hexadecimal == "b7f921b15f9e3004f4241aaa2b7f4a82")
    let enc2 = try ReleaseArguments([
      "out", "--model", "GT-I8190N", "--region", "BTU", "--version",
      "I8190NXXAMJ2/I8190NBTUAMJ1/I8190NXXAMJ2/I8190NXXAMJ2", "--size", "24", "--encryption", "enc2",
    ])
    #expect(try ReleasePlan(enc2).key()?.hexadecimal == "f3f48b1cb4f8e84fc33f4ef270bf7578")
  }

  @Test func namesFollowTheSeedAndTheVersion() throws {
    let plan = ReleasePlan(try ReleaseArguments(Self.usual))
    #expect(plan.packageName.hasPrefix("SM-A207F_2_202109") && plan.packageName.hasSuffix("_fac.zip.enc4"))
    let other = ReleasePlan(try ReleaseArguments(Self.usual + ["--seed", "2"]))
    #expect(other.packageName != plan.packageName && other.logicValueFactory != plan.logicValueFactory)
    var later = Self.usual
    later[6] = "A207FXXU2CUJ1"
    #expect(ReleasePlan(try ReleaseArguments(later)).made.seconds > plan.made.seconds)
    #expect(!plan.members.contains { $0.folder == .userData })
    var large = Self.usual
    large[8] = "512"
    #expect(ReleasePlan(try ReleaseArguments(large)).members.contains { $0.folder == .userData })
  }

  @Test func sourceTreesGrowWithTheirPartition() {
    for size in [1 << 20, 100 << 20, 20 << 30] {
      let tree = SourceTree(partition: "system", size: size, seed: 1)
      var paths: Set<String> = []
      var total = 0
      for node in tree.nodes {
        switch node {
        case .directory(let path): paths.insert(path)
        case .symbolicLink(let path, _): paths.insert(path)
        case .file(let path, _, let content):
          paths.insert(path)
          total += content.size
        }
      }
      #expect(paths.count == tree.nodes.count, "a path occurs twice")
      #expect(abs(total - size) < size / 10)
    }
  }
}
