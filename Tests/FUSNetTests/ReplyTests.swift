import Primitives
import Testing

@testable import FUSNet

struct ReplyTests {
  private func failure(_ body: () throws -> Void) -> Failure? {
    do { try body() } catch { return error as? Failure }
    return nil
  }

  @Test func inform() throws {
    let inform = try BinaryInform(reply: Sample.inform())
    #expect(try inform.version == Sample.version())
    #expect(inform.binaryName == Sample.packageName)
    #expect(inform.byteSize == 4_556_071_616)
    #expect(inform.crc32 == 1_830_059_332)
    #expect(inform.modelPath == "/neofus/910/")
    #expect(inform.lastModified == 1_633_625_949)
    #expect(inform.descriptionURL == "https://doc.samsungmobile.com/SM-A207F/SER/doc.html")
    #expect(inform.osName == "R(Android 11)")
    #expect(inform.encryption == .enc4)
    #expect(inform.members.map(\.role) == [.bl, .ap, .cp, .csc, .homeCSC])
    #expect(inform.members.last?.name == "HOME_CSC_A207F.tar.md5")
    let key = try inform.contentKey(model: Sample.model(), region: Sample.region())
    #expect(key?.bytes.hexadecimal == "48f16f3045f05e2afaa19fe658364bd3")
    #expect(try inform.remoteBinary(region: Sample.region()).size == 4_556_071_616)
  }

  @Test func theNatureChoosesTheKey() throws {
    let home = try BinaryInform(reply: Sample.inform(), nature: .home)
    let key = try home.contentKey(model: Sample.model(), region: Sample.region())
    #expect(try key == ContentKey.version4(version: Sample.versionText, logicValue: "abcdefghij012345"))
    #expect(
      try BinaryInform(reply: Sample.inform(changing: ["BINARY_NATURE": "1"]), nature: .home).nature
        == .factory)
  }

  @Test func otherWrappings() throws {
    let older = try BinaryInform(reply: Sample.inform(changing: ["BINARY_NAME": "a.zip.enc2"]))
    #expect(older.encryption == .enc2)
    #expect(try older.contentKey(model: Sample.model(), region: Sample.region()) != nil)
    let plain = try BinaryInform(
      reply: Sample.inform(changing: ["BINARY_NAME": "a.zip", "BINARY_BYTE_SIZE": "17"]))
    #expect(plain.encryption == .none)
    #expect(try plain.contentKey(model: Sample.model(), region: Sample.region()) == nil)
  }

  /// `<DATA>`, white space, another order, unknown tags, CDATA, a byte order mark: all are taken.
  @Test func tolerance() throws {
    let text = """
      \u{FEFF}<?xml version="1.0" encoding="ISO-8859-1"?><!-- hello -->
      <FUSMsg><FUSBody><Put>
        <UNKNOWN><X><Y/></X></UNKNOWN>
        <MODEL_PATH><DATA>
          /neofus/910/
        </DATA></MODEL_PATH>
        <BINARY_BYTE_SIZE>32</BINARY_BYTE_SIZE>
        <BINARY_NAME><Data><![CDATA[a&b]]>.zip</Data></BINARY_NAME>
      </Put><Results><BINARY_SW_VERSION><data>A/B/C/D</data></BINARY_SW_VERSION><Status> S00 </Status></Results>
      </FUSBody></FUSMsg>
      """
    let inform = try BinaryInform(reply: Array(text.utf8))
    #expect(inform.binaryName == "a&b.zip")
    #expect(inform.byteSize == 32)
    #expect(inform.crc32 == nil)
    #expect(inform.lastModified == nil)
    #expect(inform.members.isEmpty)
  }

  @Test(arguments: [
    ["BINARY_BYTE_SIZE": "-16"], ["BINARY_BYTE_SIZE": "0"], ["BINARY_BYTE_SIZE": ""],
    ["BINARY_BYTE_SIZE": "many"],
    ["BINARY_BYTE_SIZE": "1099511627792"], ["BINARY_BYTE_SIZE": "18446744073709551616"],
    ["BINARY_BYTE_SIZE": "4556071617"], ["BINARY_BYTE_SIZE": "1e9"],
    ["BINARY_NAME": ".."], ["BINARY_NAME": "."], ["BINARY_NAME": "a/b"], ["BINARY_NAME": "/etc/passwd"],
    ["BINARY_NAME": "a&#10;b"], ["BINARY_NAME": "a&#127;b"], ["BINARY_NAME": "a&#0;b"],
    ["BINARY_NAME": "gpj.&#x202E;zip"], ["DEVICE_BOOT_FILE": "a&#x2028;b"],
    ["BINARY_NAME": String(repeating: "a", count: 256)],
    ["DEVICE_BOOT_FILE": ".."], ["DEVICE_PDA_CODE1_FILE": "../a"], ["DEVICE_CSC_FILE": "a&#9;b"],
    ["MODEL_PATH": ""], ["MODEL_PATH": "neofus/"], ["MODEL_PATH": "/neofus"],
    ["MODEL_PATH": "/../"], ["MODEL_PATH": "/a//b/"], ["MODEL_PATH": "/a?b/"], ["MODEL_PATH": "/a%2Fb/"],
    ["MODEL_PATH": "/a b/"], ["VERSION": ""], ["VERSION": "../../.."], ["VERSION": "A"],
  ])
  func hostileValuesAreRefusedInWords(_ change: [String: String]) throws {
    let failure = failure { _ = try BinaryInform(reply: Sample.inform(changing: change)) }
    #expect(failure?.code == .network)
    #expect(failure?.cause.hasSuffix(".") == true)
  }

  @Test func aMissingNameMeansThatNothingIsServed() {
    #expect(
      failure { _ = try BinaryInform(reply: Sample.inform(changing: ["BINARY_NAME": ""])) }?.code == .notFound
    )
  }

  @Test func numbersForShowMayBeAnything() throws {
    for (text, value) in [
      ("-1", UInt32.max), ("4294967295", .max), ("4294967296", nil), ("x", nil), ("", nil),
    ]
      as [(String, UInt32?)]
    {
      #expect(try BinaryInform(reply: Sample.inform(changing: ["BINARY_CRC": text])).crc32 == value)
    }
    for text in ["20210230000000", "20211301000000", "20210101240000", "2021", "00000101000000"] {
      #expect(FieldValues.time(text) == nil)
    }
    #expect(FieldValues.time("20240229235959") == 1_709_251_199)
    #expect(FieldValues.time("1970/01/01 00:00:00") == 0)
    #expect(FieldValues.time("2100/03/01 00:00:00") == 4_107_542_400)
    #expect(FieldValues.androidMajor("V(Android 15)") == 15)
    #expect(FieldValues.androidMajor("Bada 2") == nil)
    #expect(FieldValues.androidMajor("Android 99999999999999999999") == nil)
  }

  @Test(arguments: [
    ("400", Failure.Code.notFound), ("F01", .notFound), ("401", .accessDenied), ("403", .notFound),
    ("405", .protocolViolation), ("408", .accessDenied), ("410", .notFound), ("429", .network),
    ("500", .network),
    ("", .network), ("secret&lt;", .network), ("999999999999999999999", .network),
  ])
  func theStatusInTheBodyDecides(_ status: String, _ code: Failure.Code) {
    let failure = failure { _ = try BinaryInform(reply: Sample.inform(status: status)) }
    #expect(failure?.code == code)
    #expect(failure?.description.contains("secret") == false)
    if status == "408" { #expect(failure?.cure?.contains("--imei") == true) }
    if status == "F01" { #expect(failure?.cure?.contains("CSC") == true) }
  }

  @Test func webPagesAreRecognised() {
    for text in ["<!DOCTYPE html><html>", " \n<HTML><body>login", "\u{FEFF}<!doctype HTML>"] {
      let failure = failure { _ = try BinaryInform(reply: Array(text.utf8)) }
      #expect(failure?.code == .network)
      #expect(failure?.cause.contains("web page") == true)
    }
  }

  @Test(arguments: [
    "", "   ", "hello", "<FUSMsg>", "<FUSMsg/>", "<Other><FUSBody/></Other>", "<FUSMsg><FUSBody></FUSMsg>",
    "<!DOCTYPE FUSMsg><FUSMsg><FUSBody/></FUSMsg>",
    "<!DOCTYPE a [<!ENTITY x \"y\">]><FUSMsg><FUSBody>&x;</FUSBody></FUSMsg>",
    "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><FUSMsg><FUSBody>&x;</FUSBody></FUSMsg>",
    "<FUSMsg><FUSBody>&x;</FUSBody></FUSMsg>", "<FUSMsg>\0</FUSMsg>",
    "<?xml version=\"1.0\" encoding=\"UTF-7\"?>+ADwAIQ-DOCTYPE a+AD4-<FUSMsg/>",
    String(repeating: "<a>", count: 100) + String(repeating: "</a>", count: 100),
    "<FUSMsg><FUSBody/></FUSMsg><FUSMsg/>",
  ])
  func whatIsNoAnswerIsRefusedInWords(_ text: String) {
    #expect(failure { _ = try BinaryInform(reply: Array(text.utf8)) }?.code == .network)
    #expect(
      failure { _ = try ReleaseHistory(reply: Array(text.utf8), source: .smartHistory) }?.code == .network)
    #expect(
      failure { _ = try ReleaseHistory(reply: Array(text.utf8), source: .versionList) }?.code == .network)
  }

  @Test func bytesThatAreNotTextAreRefused() {
    let wide = "<FUSMsg><FUSBody/></FUSMsg>".utf16.flatMap {
      [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)]
    }
    for bytes in [[0xFF, 0xFE] + wide, wide, Array("<FUSMsg>".utf8) + [0xC0, 0x80]] {
      #expect(failure { _ = try FUSReply(parsing: bytes) }?.code == .network)
    }
  }

  @Test func sizesAreBounded() {
    let many = "<FUSMsg>" + String(repeating: "<a/>", count: 200_001) + "</FUSMsg>"
    #expect(failure { _ = try FUSReply(parsing: Array(many.utf8)) }?.cause.contains("too many") == true)
    let long = [UInt8](repeating: 0x20, count: 8 << 20) + Array("<a/>".utf8)
    #expect(failure { _ = try FUSReply(parsing: long) }?.cause.contains("too long") == true)
  }

  @Test func eachCauseHasAPlaceOfItsOwn() {
    let texts = [
      "", "<a", "<a/><!ELEMENT b ANY>", String(repeating: "<a>", count: 33),
      String(repeating: " ", count: (8 << 20) + 1),
    ]
    let replies = texts.map { Array($0.utf8) } + [[0xFF, 0xFE]]
    let sites = replies.compactMap { bytes in failure { _ = try XMLElement(parsing: bytes) }?.site }
    #expect(sites.count == replies.count)
    #expect(Set(sites.map(\.description)).count == replies.count, "\(sites)")
  }

  @Test func everyCutOfAReplyIsRefused() throws {
    let whole = Sample.inform()
    _ = try BinaryInform(reply: whole)
    for count in stride(from: 0, to: whole.count, by: 7) {
      #expect(failure { _ = try BinaryInform(reply: Array(whole.prefix(count))) } != nil)
    }
  }

  @Test func deviceNumbersAreLeftOut() throws {
    let identity = try #require(DeviceIdentity("356789012345678"))
    for changes in [
      ["DEVICE_IMEI_NUMBER": "999999999999999"], ["DEVICE_IMEI_NUMBER": "&#51;56789012345678"],
      ["DESCRIPTION": "https://x/356789012345678"], ["DEVICE_SN_NUMBER": "999999999999999"],
    ] {
      let bytes = Sample.inform(changing: changes)
      let raw = try FUSReply(parsing: bytes).bytesWithoutDevice(bytes, identity: identity)
      let text = String(decoding: raw, as: UTF8.self)
      #expect(
        !text.contains("356789012345678") && !text.contains("999999999999999") && !text.contains("&#51;"))
      #expect(try BinaryInform(reply: raw).binaryName == Sample.packageName)
    }
    let bytes = Sample.inform(changing: ["DEVICE_IMEI_NUMBER": ""])
    #expect(try FUSReply(parsing: bytes).bytesWithoutDevice(bytes, identity: identity) == bytes)
  }
}
