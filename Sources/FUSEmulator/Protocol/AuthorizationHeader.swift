/// The header `Authorization: FUS nonce="N", signature="S", nc="", type="", realm=""[, newauth="1"]`.
struct AuthorizationHeader: Equatable {
  let nonce: String
  let signature: String
  let nonceCount: String
  let type: String
  let realm: String
  let newAuthorization: Bool

  /// The header's parts; nothing when a part is missing, doubled, unquoted or unknown.
  init?(_ text: String) {
    guard text.hasPrefix("FUS ") else { return nil }
    var values: [String: String] = [:]
    for part in text.dropFirst(4).split(separator: ",") {
      let part = part.drop { $0 == " " }
      guard let equals = part.firstIndex(of: "=") else { return nil }
      let value = part[part.index(after: equals)...]
      guard value.count >= 2, value.first == "\"", value.last == "\"" else { return nil }
      let name = String(part[..<equals])
      guard values.updateValue(String(value.dropFirst().dropLast()), forKey: name) == nil else { return nil }
    }
    let newAuthorization = values.removeValue(forKey: "newauth")
    guard newAuthorization == nil || newAuthorization == "1" else { return nil }
    guard values.count == 5, let nonce = values["nonce"], let signature = values["signature"],
      let nonceCount = values["nc"], let type = values["type"], let realm = values["realm"]
    else { return nil }
    self.nonce = nonce
    self.signature = signature
    self.nonceCount = nonceCount
    self.type = type
    self.realm = realm
    self.newAuthorization = newAuthorization != nil
  }

  /// Whether only nonce and signature may say something, as in every request but SmartHistory.
  var isPlain: Bool { nonceCount.isEmpty && type.isEmpty && realm.isEmpty }
}
