import Primitives

/// The value of the header `Authorization`.
///
///     FUS nonce="N", signature="S", nc="", type="", realm=""[, newauth="1"]
enum Authorization {
  /// For the request of the first nonce: everything empty.
  static func empty(newAuthorization: Bool) -> String {
    value(nonce: "", signature: "", newAuthorization: newAuthorization)
  }

  static func signed(_ nonce: Nonce, newAuthorization: Bool) -> String {
    value(nonce: nonce.text, signature: nonce.signature, newAuthorization: newAuthorization)
  }

  /// For SmartHistory, which needs no nonce of the server: the client chooses one.
  static func history(model: DeviceModel, clientNonce: String) throws(Failure) -> String {
    let signature = try historySignature(model: model, clientNonce: clientNonce)
    return value(
      nonce: clientNonce, signature: signature, count: historyCount, type: "auth", realm: "interface")
  }

  /// A digest in the manner of HTTP: md5(md5(auth:NONCE:COUNT):FUS:md5(interface:MODEL)), in hexadecimal.
  static func historySignature(model: DeviceModel, clientNonce: String) throws(Failure) -> String {
    let first = try Cryptography.md5("auth:\(clientNonce):\(historyCount)".utf8).hexadecimal
    let second = try Cryptography.md5("interface:\(model)".utf8).hexadecimal
    return try Cryptography.md5("\(first):FUS:\(second)".utf8).hexadecimal
  }

  private static let historyCount = "00000001"

  private static func value(
    nonce: String, signature: String, count: String = "", type: String = "", realm: String = "",
    newAuthorization: Bool = false
  ) -> String {
    #"FUS nonce="\#(nonce)", signature="\#(signature)", nc="\#(count)", type="\#(type)", realm="\#(realm)""#
      + (newAuthorization ? #", newauth="1""# : "")
  }
}
