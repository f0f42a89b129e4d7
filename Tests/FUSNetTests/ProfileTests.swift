import Primitives
import Testing

@testable import FUSNet

struct ProfileTests {
  @Test func tablesAddAndOverride() throws {
    let profile = try Profile(
      name: "kies4",
      overrides: [
        "base": "kies3", "key1": String(repeating: "a", count: 32), "key2": String(repeating: "b", count: 16),
        "user-agent": "Kies4", "protocol-version-header": "3.0", "device-id": "none", "client-version": "",
        "nonce-path": "N.do", "history-path": "v.xml", "inform-path": "I.do", "init-path": "X.do",
        "download-path": "D.do", "newauth": "false", "history": "smart-history", "cookies": "session",
      ])
    #expect(profile.name == "kies4")
    #expect(
      profile.scheme
        == .kies(key1: Array(repeating: 97, count: 32), key2: Array(repeating: 98, count: 16)))
    #expect(profile.headers == [HTTPField("User-Agent", "Kies4"), HTTPField("X-FUS-Protocol-Ver", "3.0")])
    #expect(profile.deviceRequirement == .nothing)
    #expect(profile.clientVersion == nil)
    #expect(
      profile.endpoints
        == Profile.Endpoints(
          nonce: "N.do", history: "v.xml", inform: "I.do", initialize: "X.do", download: "D.do"))
    #expect(!profile.newAuthorization)
    #expect(profile.historySource == .smartHistory)
    #expect(profile.cookieEcho == .session)
  }

  @Test func aTableWithoutBaseBeginsAsItsNamesake() throws {
    let key = String(repeating: "0f", count: 16)
    #expect(
      try Profile(name: "smart", overrides: ["aes-key": key]).scheme
        == .smart(key: Array(repeating: 15, count: 16)))
    #expect(try Profile(name: "kies2", overrides: [:]).deviceRequirement == .imeiOrSerial)
    #expect(try Profile(name: "new", overrides: [:]).scheme == Profile.smart.scheme)
    #expect(try Profile(name: "smart", overrides: ["base": "kies1"]).scheme == Profile.kies1.scheme)
  }

  @Test(arguments: [
    ("base", "kies9"), ("key", "x"), ("aes-key", "00"), ("aes-key", String(repeating: "g", count: 32)),
    ("key1", String(repeating: "a", count: 32)), ("user-agent", "a\r\nb: c"), ("user-agent", ""),
    ("inform-path", "/a"), ("inform-path", "a?b"), ("device-id", "maybe"), ("newauth", "1"), ("history", "x"),
    ("cookies", "none"),
  ])
  func faultsNameTheKey(_ key: String, _ value: String) {
    #expect { try Profile(name: "smart", overrides: [key: value]) } throws: { error in
      (error as? Failure)?.code == .invalid && "\(error)".contains(key)
    }
  }

  @Test func keysOfAWrongLengthNameTheKeyAndNotItsValue() {
    for (key, value) in [
      ("key1", "secret1"), ("key2", "secret2"), ("aes-key", String(repeating: "0", count: 32)),
    ] {
      #expect { try Profile(name: "kies1", overrides: [key: value]) } throws: { error in
        "\(error)".contains(key) && !"\(error)".contains(value)
      }
    }
  }
}
