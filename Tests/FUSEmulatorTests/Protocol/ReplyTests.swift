import Testing

@testable import FUSEmulator

/// The shape of replies, compared with what real servers sent.
@Suite struct ReplyTests {
  private let release: TestRelease
  private let facts: InformFacts

  init() throws {
    release = try TestRelease()
    facts = InformFacts(try ServedRelease(folder: release.folder).description, nature: 1)
  }

  /// Names of a message's elements in their order, `Data` left out.
  private func tags(_ message: ReplyMessage) throws -> [String] {
    func names(_ element: XMLElement) -> [String] {
      element.children.flatMap { ($0.name.uppercased() == "DATA" ? [] : [$0.name]) + names($0) }
    }
    return names(try #require(XMLElement.parse(message.xml)))
  }

  @Test func smartInformHasTheRealServersTags() throws {
    let expected = """
      FUSHdr ProtoVer SessionID MsgID FUSBody Results CmdRef Status BINARY_SW_VERSION Put CmdID BINARY_CRC SN_TYPE
      BINARY_SIZE BINARY_BYTE_SIZE BINARY_NAME BINARY_LOCAL_CODE BINARY_BUYER_CODE BINARY_MODEL_NAME
      DEVICE_MODEL_TYPE MODEL_PATH BINARY_MODEL_DISPLAYNAME BINARY_SW_VERSION BINARY_SW_DISPLAYVERSION BINARY_TYPE
      DEVICE_PLATFORM DEVICE_BOOT_FILE DEVICE_PDA_CODE1_FILE DEVICE_CSC_CODE2_FILE DEVICE_PHONE_FONT_FILE
      DEVICE_CSC_FILE DEVICE_PIT_FILE LOGIC_OPTION_HOME LOGIC_VALUE_HOME LOGIC_OPTION_FACTORY LOGIC_VALUE_FACTORY
      SHARING_BINARY DEVICE_CSC_HOME_FILE USER_DATA_BINARY DEVICE_USER_DATA_FILE
      """
    let message = SmartInformReply.message(facts, status: "S00")
    #expect(try tags(message) == expected.split { $0.isWhitespace }.map(String.init))
    let start =
      #"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><FUSMsg><FUSHdr><ProtoVer>1.0</ProtoVer>"#
    #expect(String(decoding: message.xml, as: UTF8.self).hasPrefix(start))
  }

  @Test func kiesInformHasTheRealServersTags() throws {
    let message = KiesInformReply.message(facts, status: "200")
    #expect(message.put.count == 128)
    #expect(Set(message.put.map(\.tag)).count == 128)
    let text = String(decoding: message.xml, as: UTF8.self)
    #expect(text.contains("\n\t\t\t<LATEST_FW_VERSION>\n\t\t\t\t<Data>\(TestRelease.version)</Data>\n"))
    #expect(text.contains("\n\t\t\t<DEVICE_DSP1_FILE>\n\t\t\t\t<DATA></DATA>\n\t\t\t</DEVICE_DSP1_FILE>"))
    #expect(text.contains("<Data>https://doc.samsungmobile.com/SM-A207F/SER/doc.html</Data>"))
    #expect(text.contains("<BINARY_SIZE>\n\t\t\t\t<Data>195</Data>"))
    #expect(text.hasSuffix("</FUSMsg>\n"))
  }

  @Test func historyHasBothNaturesOfEachVersionSortedByVersion() throws {
    let older = try TestRelease(version: TestRelease.olderVersion)
    let releases = try [release, older].map { try ServedRelease(folder: $0.folder).description }
    let rows = HistoryReply.message(releases).put
    let told = rows.map { row -> [String] in
      guard case .group(let fields) = row.content else { return [] }
      return ["BINARY_SW_VERSION", "BINARY_SEQUENCE", "BINARY_NATURE"].compactMap { tag in
        fields.first { $0.tag == tag }.flatMap {
          if case .data(let value) = $0.content { value } else { nil }
        }
      }
    }
    #expect(
      told == [
        [TestRelease.olderVersion, "1", "0"], [TestRelease.olderVersion, "1", "1"],
        [TestRelease.version, "2", "0"], [TestRelease.version, "2", "1"],
      ])
  }

  @Test func versionListShowsThreePartsWhereTheFourthRepeatsTheFirst() throws {
    let older = try TestRelease(version: "A207FXXU2BUH1/A207FOXM2BUH1/A207FXXU2BUH1/OTHER")
    let releases = try [release, older].map { try ServedRelease(folder: $0.folder).description }
    let text = String(decoding: VersionList.xml(releases), as: UTF8.self)
    #expect(text.contains(#"<latest o="11">A207FXXU2CUI2/A207FOXM2CUI2/A207FXXU2CUI2</latest>"#))
    #expect(
      text.contains(
        "<value rcount='1' fwsize='200000'>A207FXXU2BUH1/A207FOXM2BUH1/A207FXXU2BUH1/OTHER</value>"))
  }

  @Test func markupInValuesIsEscaped() {
    let message = ReplyMessage(look: .smart, messageID: 1, status: "", put: [ReplyField("A", "<&>")])
    #expect(String(decoding: message.xml, as: UTF8.self).contains("<A><Data>&lt;&amp;></Data></A>"))
  }
}
