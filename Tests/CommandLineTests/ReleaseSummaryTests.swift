import FUSNet
import FoundationEssentials
import Testing

@testable import CommandLine

@Suite struct ReleaseSummaryTests {
  private let summary = ReleaseSummary(
    model: "SM-S911U", region: "XAA", displayName: "Galaxy S23 (SM-S911U)",
    latest: .init(
      version: "S911USQS8FZG1/S911UOYN8FZG1/S911USQS8FZG1/S911USQS8FZG1",
      binaryName: "SM-S911U_2_20260708221800_qd55e39o59_fac.zip.enc4", size: 11_565_187_312,
      members: ["BL_S911USQS8FZG1.tar.md5", "AP_S911USQS8FZG1.tar.md5"]),
    history: [
      .init(
        version: "S911USQS8FZG1/S911UOYN8FZG1", osName: "B(Android 16)", date: "2026/07/09",
        natures: [.factory, .home], isBeta: false),
      .init(version: "S911U/BETA", osName: nil, date: nil, natures: [.factory], isBeta: true),
    ])
  private let nothing = ReleaseSummary(
    model: "SM-X", region: "SER", displayName: nil, latest: nil, history: [])

  @Test func words() {
    #expect(
      summary.words == """
        Model    SM-S911U, Galaxy S23 (SM-S911U)
        Region   XAA
        Latest   S911USQS8FZG1/S911UOYN8FZG1/S911USQS8FZG1/S911USQS8FZG1
        Package  SM-S911U_2_20260708221800_qd55e39o59_fac.zip.enc4, 10.8 GiB (11565187312 bytes)
        Members  BL_S911USQS8FZG1.tar.md5
                 AP_S911USQS8FZG1.tar.md5

        VERSION                      OS             DATE        PACKAGES
        S911USQS8FZG1/S911UOYN8FZG1  B(Android 16)  2026/07/09  factory, home
        S911U/BETA                   -              -           factory, beta

        """)
    #expect(nothing.words == "Model   SM-X\nRegion  SER\nLatest  none\n")
  }

  @Test func serversWordsCannotMoveTheCursor() {
    var forged = nothing
    forged.displayName = "a\u{1B}[2Jb\n"
    #expect(forged.words.hasPrefix("Model   SM-X, a�[2Jb�\n"))
  }

  @Test func json() throws {
    let text = try summary.json()
    #expect(text.hasSuffix("}\n"))
    #expect(text.contains(#""version" : "S911U/BETA""#))
    let keys = ["display_name", "history", "latest", "model", "region"]
    let starts = try keys.map { try #require(text.firstRange(of: "\n  \"\($0)\" : ")?.lowerBound) }
    #expect(starts == starts.sorted())

    let read = try Read.decoder.decode(Read.self, from: Data(text.utf8))
    #expect(read.latest?.size == 11_565_187_312)
    #expect(read.latest?.members.count == 2)
    #expect(read.history.map(\.isBeta) == [false, true])
    #expect(read.history.first?.natures == ["factory", "home"])
    #expect(try Read.decoder.decode(Read.self, from: Data(nothing.json().utf8)).latest == nil)
  }

  /// The JSON form as another program would read it.
  private struct Read: Decodable {
    static var decoder: JSONDecoder {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return decoder
    }

    struct Latest: Decodable {
      let size: UInt64
      let members: [String]
    }
    struct Row: Decodable {
      let isBeta: Bool
      let natures: [String]
    }
    let latest: Latest?
    let history: [Row]
  }
}
