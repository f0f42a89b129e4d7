import Primitives
import Testing

@testable import FUSNet

struct TokensTests {
  struct NonceVector: Sendable, CustomTestStringConvertible {
    let profile: Profile
    let plain: String
    let header: String
    let signature: String
    var testDescription: String { profile.name }
  }

  @Test(arguments: [
    NonceVector(
      profile: .kies1, plain: "j0keio2xhdynz8m4", header: "NN/uuAbYuQrJmmNGXwCrSg2JPSuQ1seKHBauesfqQoo=",
      signature: "n0bMi6412bVpqT5UDrLO6wMiRJ0+kybXE7sbTJX/8Bo="),
    NonceVector(
      profile: .kies2, plain: "p82h9kg1rpb43mrn", header: "Lm5oWbm+AW3tK/GXFmQFYq9E1RlYNKZcEVZCc0E/+yg=",
      signature: "vK5TxoeehqbfR/xh8khm3/BahFv5wqJAY5hofxeu54g="),
    NonceVector(
      profile: .kies3, plain: "abcdefghij012345", header: "DQ+RCjVSqoUo00BpLuw3C+wJDjQU1V/orpgpq0o30Sc=",
      signature: "s1yAEX/rHeT32D6kS7v/0MTdIloDLl23Z0qRlX9lVuM="),
    NonceVector(
      profile: .smart, plain: "m6t3lzskiwqjp1js", header: "m6t3lzskiwqjp1js",
      signature: "fa8ada2b59406e896961a59b85c6e41c"),
    NonceVector(
      profile: .smart, plain: "abc", header: "abc", signature: "cc10cf6cabc638ad81d70765ffe4b83c"),
  ])
  func nonces(_ vector: NonceVector) throws {
    let nonce = try Nonce(header: vector.header, scheme: vector.profile.scheme)
    #expect(nonce.text == vector.header)
    #expect(nonce.plain == vector.plain)
    #expect(nonce.signature == vector.signature)
    #expect(!"\(nonce)\(String(reflecting: nonce))".contains(vector.plain))
  }

  @Test(arguments: Profile.builtIn.map(\.name))
  func otherTextsAreNoNonces(_ name: String) throws {
    let profile = try #require(Profile.builtIn.first { $0.name == name })
    for text in ["", "=", "====", "a b", "\"", "a\"b", "é", String(repeating: "A", count: 10_000)] {
      #expect(throws: Failure.self) { try Nonce(header: text, scheme: profile.scheme) }
    }
  }

  @Test func keysOfAnotherGenerationAreNoticed() {
    #expect(throws: Failure.self) {
      try Nonce(header: "NN/uuAbYuQrJmmNGXwCrSg2JPSuQ1seKHBauesfqQoo=", scheme: Profile.kies2.scheme)
    }
  }

  @Test func historySignature() throws {
    let model = try #require(DeviceModel("SM-S931U1"))
    let signature = try Authorization.historySignature(model: model, clientNonce: "abcdefghij012345")
    #expect(signature == "635785b9690ee0307784568270c1a329")
    #expect(
      try Authorization.history(model: model, clientNonce: "abcdefghij012345")
        == #"FUS nonce="abcdefghij012345", signature="635785b9690ee0307784568270c1a329", nc="00000001", type="auth", realm="interface""#
    )
  }

  @Test func authorizations() throws {
    let nonce = try Nonce(header: "abc", scheme: Profile.smart.scheme)
    #expect(
      Authorization.empty(newAuthorization: true)
        == #"FUS nonce="", signature="", nc="", type="", realm="", newauth="1""#)
    #expect(
      Authorization.signed(nonce, newAuthorization: false)
        == #"FUS nonce="abc", signature="cc10cf6cabc638ad81d70765ffe4b83c", nc="", type="", realm="""#)
  }

  @Test func logicChecks() throws {
    #expect(try LogicCheck.value(Sample.versionText, nonce: "abcdefghij012345") == "207FXXU2CUA207FX")
    let input = LogicCheck.initInput(fileName: Sample.packageName)
    #expect(input == "5_g3wsdfg48a_fac")
    #expect(try LogicCheck.value(input, nonce: "abcdefghij012345") == "_g3wsdfg485_g3ws")
    #expect(throws: Failure.self) { try LogicCheck.value("123456789012345", nonce: "a") }
  }

  @Test func contentKeys() throws {
    let real = "S911USQS8FZG1/S911UOYN8FZG1/S911USQS8FZG1/S911USQS8FZG1"
    #expect(
      try ContentKey.version4(version: real, logicValue: "xs6z6jreet76o8j3").bytes.hexadecimal
        == "b7f921b15f9e3004f4241aaa2b7f4a82")
    let older = try #require(FirmwareVersion("I8190NXXAMJ2/I8190NBTUAMJ1/I8190NXXAMJ2/I8190NXXAMJ2"))
    let key = try ContentKey.version2(
      region: #require(RegionCode("BTU")), model: #require(DeviceModel("GT-I8190N")), version: older)
    #expect(key.bytes.hexadecimal == "f3f48b1cb4f8e84fc33f4ef270bf7578")
    #expect(!"\(key)\(String(reflecting: key))".contains("f3"))
  }

  @Test func randomTokens() {
    let tokens = (0..<100).map { _ in Cryptography.randomToken(16) }
    #expect(tokens.allSatisfy { $0.utf8.count == 16 && $0.utf8.allSatisfy { $0.isLowercase || $0.isDigit } })
    #expect(Set(tokens).count == 100)
  }
}
