import Testing

@testable import FUSEmulator

/// Values captured from real servers, or computed once and written down with the protocol.
@Suite struct TokenTests {
  @Test(arguments: [
    (
      Generation.kies1, "j0keio2xhdynz8m4", "NN/uuAbYuQrJmmNGXwCrSg2JPSuQ1seKHBauesfqQoo=",
      "n0bMi6412bVpqT5UDrLO6wMiRJ0+kybXE7sbTJX/8Bo="
    ),
    (
      .kies2, "p82h9kg1rpb43mrn", "Lm5oWbm+AW3tK/GXFmQFYq9E1RlYNKZcEVZCc0E/+yg=",
      "vK5TxoeehqbfR/xh8khm3/BahFv5wqJAY5hofxeu54g="
    ),
    (
      .kies3, "abcdefghij012345", "DQ+RCjVSqoUo00BpLuw3C+wJDjQU1V/orpgpq0o30Sc=",
      "s1yAEX/rHeT32D6kS7v/0MTdIloDLl23Z0qRlX9lVuM="
    ),
    (.smart, "m6t3lzskiwqjp1js", "m6t3lzskiwqjp1js", "fa8ada2b59406e896961a59b85c6e41c"),
    (.smart, "abc", "abc", "cc10cf6cabc638ad81d70765ffe4b83c"),
  ])
  func nonceAndSignature(generation: Generation, nonce: String, sealed: String, signature: String) {
    #expect(generation.sealed(nonce: nonce) == sealed)
    #expect(generation.signature(nonce: nonce) == signature)
  }

  @Test func historySignature() {
    let signature = HistorySignature.text(nonce: "abcdefghij012345", model: "SM-S931U1")
    #expect(signature == "635785b9690ee0307784568270c1a329")
  }

  @Test func logicChecks() {
    let nonce = "abcdefghij012345"
    let name = "SM-A207F_2_20210928113735_g3wsdfg48a_fac.zip.enc4"
    #expect(LogicCheck.text(TestRelease.version, nonce: nonce) == "207FXXU2CUA207FX")
    #expect(LogicCheck.text(LogicCheck.input(fileName: name), nonce: nonce) == "_g3wsdfg485_g3ws")
    #expect(LogicCheck.text("fifteen letters", nonce: nonce) == nil)
  }

  @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")])
  func base64(plain: String, encoded: String) {
    #expect(Text.base64(Array(plain.utf8)) == encoded)
  }
}
