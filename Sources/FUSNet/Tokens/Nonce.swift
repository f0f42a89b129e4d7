import Primitives

/// One nonce with the signature that belongs to it: always made together, so that no request mixes two.
struct Nonce: Sendable, Equatable {
  /// As the NONCE header had it; requests send it back unchanged.
  let text: String
  /// Its 16 characters, which logic checks use.
  let plain: String
  let signature: String

  /// Decodes a NONCE header by the scheme's keys.
  init(header text: String, scheme: Profile.Scheme) throws(Failure) {
    guard let (plain, signature) = scheme.decode(nonce: text) else {
      throw Failure(
        .network, "The server's nonce cannot be read with this profile's keys.",
        cure: "Choose another --protocol, or add the new keys in the configuration file.")
    }
    self.text = text
    self.plain = plain
    self.signature = signature
  }
}

extension Nonce: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  var description: String { "a nonce" }
  var debugDescription: String { description }
  var customMirror: Mirror { Mirror(self, children: []) }
}

extension Profile.Scheme {
  /// The nonce's plain characters and its signature; nil if the header's text is no nonce of this scheme.
  fileprivate func decode(nonce text: String) -> (plain: String, signature: String)? {
    switch self {
    case .kies(let key1, let key2):
      guard text.utf8.count <= 256,
        let encrypted = Cryptography.bytes(base64: text),
        let plain = Cryptography.aes(
          .aes256CBC(initialVector: Array(key1.prefix(16))), .decrypt, key: key1, encrypted),
        plain.count == 16, plain.allSatisfy(\.isAlphanumeric)
      else { return nil }
      let key = plain.map { key1[Int($0 % 16)] } + key2
      guard
        let signature = Cryptography.aes(
          .aes256CBC(initialVector: Array(key.prefix(16))), .encrypt, key: key, plain)
      else { return nil }
      return (String(decoding: plain, as: UTF8.self), Cryptography.base64(signature))
    case .smart(let key):
      let plain = Array(text.utf8)
      guard (1...256).contains(plain.count), plain.allSatisfy(\.isAlphanumeric) else { return nil }
      let padding = [UInt8](repeating: UInt8(ascii: "0"), count: max(0, 16 - plain.count))
      guard
        let signature = Cryptography.aes(.aes128ECB, .encrypt, key: key, Array((plain + padding).prefix(16)))
      else { return nil }
      return (text, signature.hexadecimal)
    }
  }
}
