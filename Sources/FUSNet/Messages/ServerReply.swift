/// A parsed reply, and its bytes to be kept and parsed again.
package struct ServerReply<Message: Sendable>: Sendable {
  package let message: Message
  /// As the server sent it, but for the numbers of devices, which are left out.
  package let raw: [UInt8]
}

extension FUSReply {
  /// The fields in which servers send back what was said about the phone.
  static let deviceFields: Set<String> = [
    "DEVICE_IMEI_NUMBER", "DEVICE_IMEI_PUSH", "DEVICE_SN_NUMBER",
  ]

  /// The reply's bytes, or if they tell a device's number, the same message without it.
  func bytesWithoutDevice(_ bytes: [UInt8], identity: DeviceIdentity?) -> [UInt8] {
    let secret = identity.map { Array($0.value.utf8) } ?? []
    guard document.tells(Self.deviceFields) || bytes.holds(secret) || document.serialized.holds(secret) else {
      return bytes
    }
    return document.blanked(Self.deviceFields, secret: secret).serialized
  }
}

extension XMLElement {
  private var holdsText: Bool { !text.trimmed.isEmpty || children.contains(where: \.holdsText) }

  fileprivate func tells(_ fields: Set<String>) -> Bool {
    fields.contains(name) ? holdsText : children.contains { $0.tells(fields) }
  }

  /// This element with nothing in these fields and in every text that holds the secret.
  func blanked(_ fields: Set<String>, secret: [UInt8]) -> XMLElement {
    if fields.contains(name) { return XMLElement(name, children: [XMLElement("Data")]) }
    var result = self
    if Array(text.utf8).holds(secret) { result.text = "" }
    result.attributes = attributes.filter { !Array($0.value.utf8).holds(secret) }
    result.children = children.map { $0.blanked(fields, secret: secret) }
    return result
  }
}

extension [UInt8] {
  /// Whether the bytes stand somewhere in these; never for no bytes.
  fileprivate func holds(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first else { return false }
    return indices.contains { self[$0] == first && self[$0...].starts(with: bytes) }
  }
}
