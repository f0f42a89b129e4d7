import Primitives
import Testing

@testable import FUSNet

struct NamesTests {
  @Test(arguments: ["SM-A207F", "GT-I8190N", "SM-S931U1", "A1B", "SC-01234567890123456"])
  func modelsAreTaken(_ text: String) {
    #expect(DeviceModel(text)?.description == text)
  }

  @Test(arguments: [
    "", "A1", "sm-a207f", "SM-A", "1SM", "-SM1", "SM1-", "SM A1", "SM/A1", "..1", "SM-A207\0", "SM-Ä207F",
    "SC-012345678901234567", "SM-A207F\n", "SM%2F1",
  ])
  func otherModelsAreNot(_ text: String) {
    #expect(DeviceModel(text) == nil)
  }

  @Test func regions() {
    #expect(RegionCode("SER")?.description == "SER")
    #expect(RegionCode("3IE") != nil)
    for text in ["", "SE", "SERX", "ser", "S/R", "S.R", "SÄ", "SE\n"] { #expect(RegionCode(text) == nil) }
  }

  @Test func versionsAreCompleted() {
    #expect(FirmwareVersion("A/B/C/D")?.description == "A/B/C/D")
    #expect(FirmwareVersion("A/B/C")?.description == "A/B/C/A")
    #expect(FirmwareVersion("A/B/")?.description == "A/B/A/A")
    #expect(FirmwareVersion("A/B//D")?.description == "A/B/A/D")
  }

  @Test(arguments: [
    "", "A", "A/B", "/B/C/D", "A//C/D", "A/B/C/D/E", "../B/C/D", "A/../C/D", "A/B C/D/E", "A/B/C\0/D",
    "A/B/Ü/D",
    "-A/B/C/D",
  ])
  func otherVersionsAreNot(_ text: String) {
    #expect(FirmwareVersion(text) == nil)
  }

  @Test func versionPartsAreBounded() {
    let part = String(repeating: "A", count: 64)
    #expect(FirmwareVersion("\(part)/B/C/D") != nil)
    #expect(FirmwareVersion("\(part)A/B/C/D") == nil)
  }

  @Test func identitiesDoNotShowThemselves() throws {
    let imei = try #require(DeviceIdentity("356789012345678"))
    let serial = try #require(DeviceIdentity("R58M123ABCD"))
    #expect(imei.kind == .imei)
    #expect(serial.kind == .serialNumber)
    var dumped = ""
    dump(imei, to: &dumped)
    dump(serial, to: &dumped)
    for text in ["\(imei)", String(reflecting: imei), "\(serial)", String(reflecting: serial), dumped] {
      #expect(!text.contains("356789012345678") && !text.contains("R58M123ABCD"))
    }
    for text in ["", "12345678901234", "12345678", "abc", "<IMEI>1234"] {
      #expect(DeviceIdentity(text) == nil)
    }
  }

  @Test func queriesKeepSlashesAndEscapeTheRest() throws {
    #expect(try Sample.binary(name: "a b&c=d#é.zip").query == "file=/neofus/9/a%20b%26c%3Dd%23%C3%A9.zip")
  }
}
