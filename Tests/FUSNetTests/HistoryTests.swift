import Primitives
import Testing

@testable import FUSNet

struct HistoryTests {
  private func row(
    _ version: String, index: String = "1", sequence: String, nature: String = "1", opened: String = ""
  ) -> String {
    """
    <BINARY_INFO><BINARY_INDEX><Data>\(index)</Data></BINARY_INDEX>\
    <BINARY_SEQUENCE><Data>\(sequence)</Data></BINARY_SEQUENCE>\
    <BINARY_MODEL_DISPLAYNAME><Data>Galaxy S25 (SM-S931U1)</Data></BINARY_MODEL_DISPLAYNAME>\
    <BINARY_SW_VERSION><Data>\(version)</Data></BINARY_SW_VERSION><BINARY_NATURE><Data>\(nature)</Data></BINARY_NATURE>\
    <BINARY_STATUS><Data>2</Data></BINARY_STATUS><BINARY_OS_NAME><Data>V(Android 15)</Data></BINARY_OS_NAME>\
    <BINARY_OPEN_DATE><Data>\(opened)</Data></BINARY_OPEN_DATE></BINARY_INFO>
    """
  }

  private func history(_ rows: [String], status: String = "") throws -> ReleaseHistory {
    let text = """
      <FUSMsg><FUSBody><Results><CmdRef>2</CmdRef><Status>\(status)</Status></Results><Put><CmdID>1</CmdID>\
      \(rows.joined())</Put></FUSBody></FUSMsg>
      """
    return try ReleaseHistory(reply: Array(text.utf8), source: .smartHistory)
  }

  @Test func rowsAreMergedAndTheNewestStandsFirst() throws {
    let history = try history([
      row("A1/C1/P1/A1", sequence: "3", nature: "0", opened: "2025/03/25 05:01:03"),
      row("A1/C1/P1/A1", sequence: "3", nature: "1", opened: "2025/03/25 05:01:03"),
      row("A9/C9/P9/A9Z", index: "90", sequence: "60", opened: "2026/04/15 08:46:13"),
      row("A3/C3/P3/A3", index: "3", sequence: "11", opened: "2025/06/12 02:01:04"),
      row("A2/C2/P2/A2", sequence: "11", opened: "2025/05/12 02:01:04"),
    ])
    #expect(history.releases.map(\.version.pda) == ["A9", "A3", "A2", "A1"])
    #expect(history.latest?.version.pda == "A3")
    let oldest = try #require(history.releases.last)
    #expect(oldest.natures == [.home, .factory])
    #expect(oldest.openDate == 1_742_878_863)
    #expect(oldest.androidMajor == 15)
    #expect(oldest.displayName == "Galaxy S25 (SM-S931U1)")
    #expect(oldest.status == "2")
    #expect(history.releases[0].isBeta && !oldest.isBeta)
  }

  @Test func rowsThatMakeNoSenseAreLeftOut() throws {
    let history = try history([
      row("../../..", sequence: "9"), row("", sequence: "8"), row("A1/C1/P1/A1", sequence: "x", nature: "7"),
    ])
    #expect(history.releases.count == 1)
    #expect(history.releases[0].sequence == nil)
    #expect(history.releases[0].natures.isEmpty)
  }

  @Test func statuses() throws {
    #expect(try history([row("A/C/P/D", sequence: "1")], status: "S00").releases.count == 1)
    #expect(try history([]).latest == nil)
    #expect(throws: Failure.self) { try history([row("A/C/P/D", sequence: "1")], status: "F01") }
  }

  @Test func versionList() throws {
    let text = """
      <?xml version="1.0" encoding="UTF-8" ?>
      <versioninfo><firmware><model>SM-S931U1</model><cc>XAA</cc><version>
        <latest o="16">S931U1UESACZE1/S931U1OYMACZE1/S931U1UESACZE1</latest>
        <upgrade>
          <value rcount='5' fwsize='583308660'>S931U1UES7BYJ5/S931U1OYM7BYJ5/S931U1UES7BYJ5</value>
          <value>S931U1UESACZE1/S931U1OYMACZE1/S931U1UESACZE1</value>
          <value>A/B</value>
          <value>T1/T2/</value>
        </upgrade>
      </version></firmware></versioninfo>
      """
    let history = try ReleaseHistory(reply: Array(text.utf8), source: .versionList)
    #expect(history.releases.map(\.version.pda) == ["S931U1UESACZE1", "S931U1UES7BYJ5", "T1"])
    #expect(history.latest?.version.data == "S931U1UESACZE1")
    #expect(history.latest?.androidMajor == 16)
  }

  @Test func deniedListsAreNotFound() {
    let text = "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    #expect { try ReleaseHistory(reply: Array(text.utf8), source: .versionList) } throws: { error in
      (error as? Failure)?.code == .notFound
    }
  }
}
