extension Generation {
  /// The text of the `NONCE` header for a nonce of 16 characters `[a-z0-9]`.
  func sealed(nonce: String) -> String {
    switch keys {
    case .kies(let first, _): Text.base64(AES.encryptCBC(Array(nonce.utf8), key: first))
    case .smart: nonce
    }
  }

  /// The only signature that is right for a nonce.
  ///
  /// kies: base64(AES-256-CBC(key, nonce)), where the key is `first[c mod 16]` for each character c of the nonce,
  /// then the second key. smart: hexadecimal(AES-128-ECB(key, nonce cut or right-padded with `0` to 16)).
  func signature(nonce: String) -> String {
    let bytes = Array(nonce.utf8)
    switch keys {
    case .kies(let first, let second):
      let key = bytes.map { first[Int($0) % 16] } + second
      return Text.base64(AES.encryptCBC(bytes, key: key))
    case .smart(let key):
      let block = bytes.prefix(16) + Array(repeating: UInt8(ascii: "0"), count: max(0, 16 - bytes.count))
      return AES.encryptECB(Array(block), key: key).hexadecimal
    }
  }
}

/// The signature of a SmartHistory request, which needs no nonce of the server.
enum HistorySignature {
  static let count = "00000001"

  /// md5(md5("auth:" nonce ":" count) ":FUS:" md5("interface:" model)), all in hexadecimal.
  static func text(nonce: String, model: String) -> String {
    let authorization = Digest.md5Hexadecimal("auth:\(nonce):\(count)")
    let interface = Digest.md5Hexadecimal("interface:\(model)")
    return Digest.md5Hexadecimal("\(authorization):FUS:\(interface)")
  }
}

/// The protocol's check that a message belongs to its nonce; the key of an `.enc4` file is made the same way.
enum LogicCheck {
  /// For each character c of the nonce or logic value, `input[c & 15]`; nothing for an input under 16 characters.
  static func text(_ input: String, nonce: String) -> String? {
    let characters = Array(input.utf8)
    guard characters.count >= 16 else { return nil }
    return String(decoding: nonce.utf8.map { characters[Int($0 & 15)] }, as: UTF8.self)
  }

  /// What an init request's check is made of: the last 16 characters of the name before its first full stop.
  static func input(fileName: String) -> String {
    String(fileName.prefix { $0 != "." }.suffix(16))
  }
}
