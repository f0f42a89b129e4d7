import FUSNet
import Testing

@testable import FUSFSCore

struct ReleaseNamesTests {
  private func names(_ versions: [String]) throws -> ReleaseNames {
    let values = versions.map { "<value>\($0)</value>" }.joined()
    let list =
      "<versioninfo><firmware><version><upgrade>\(values)</upgrade></version></firmware></versioninfo>"
    return ReleaseNames(try ReleaseHistory(reply: Array(list.utf8), source: .versionList))
  }

  @Test func aReleaseIsNamedByItsPDA() throws {
    let names = try names(["P2/C2/M2", "P1/C1/M1"])
    #expect(names.names == ["P2", "P1"])
    #expect(names.version(named: "P1") == FirmwareVersion("P1/C1/M1"))
    #expect(names.version(named: "C1") == nil)
  }

  @Test func theOlderOfTwoWithOnePDAIsNamedByItsCSCToo() throws {
    let names = try names(["P1/C2/M1", "P1/C1/M1"])
    #expect(names.names == ["P1", "P1_C1"])
    #expect(names.version(named: "P1_C1") == FirmwareVersion("P1/C1/M1"))
  }

  @Test func noReleaseTakesTheNameOfTheLatest() throws {
    #expect(try names(["latest/C1/M1", "P1/C1/M1"]).names == ["P1"])
  }
}
