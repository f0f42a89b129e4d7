/// One generation of the protocol as the server checks it: keys, what a request must carry, what a reply says.
struct Generation: Equatable, Sendable {
  enum Name: String, Sendable {
    case kies1, kies2, kies3, smart
  }

  /// How a nonce is handed out and signed.
  enum Keys: Equatable, Sendable {
    /// `NONCE` is encrypted with the first key; the signature's key is made of both.
    case kies(first: [UInt8], second: [UInt8])
    /// `NONCE` is plain; the signature is one block encrypted with the key.
    case smart([UInt8])
  }

  /// What an inform request must say about the device.
  enum DeviceIdentity: Sendable {
    case none, imeiOrSerialNumber, imei
  }

  let name: Name
  let keys: Keys
  let userAgent: String
  let deviceIdentity: DeviceIdentity

  /// Whether every cookie that was set has to come back, not just the session's.
  var wantsAllCookies: Bool { name == .kies3 }
  /// What the header `X-FUS-Protocol-Ver` must say, if it may come at all.
  var protocolHeader: String? { name == .kies3 ? "2.0" : nil }
  var goodStatus: String { name == .smart ? "S00" : "200" }
  /// The body's status for a version, model or file that is not served.
  var unknownStatus: String { name == .smart ? "F01" : "400" }
  var isKies: Bool { name != .smart }

  static let kies1 = Generation(
    name: .kies1,
    keys: .kies(
      first: Array("hqzdurufm2c8mf6bsjezu1qgveouv7c7".utf8), second: Array("w13r4cvf4hctaujv".utf8)),
    userAgent: "Kies2.0_FUS", deviceIdentity: .none)

  static let kies2 = Generation(
    name: .kies2,
    keys: .kies(
      first: Array("vicopx7dqu06emacgpnpy8j8zwhduwlh".utf8), second: Array("9u7qab84rpc16gvk".utf8)),
    userAgent: "Kies2.0_FUS", deviceIdentity: .imeiOrSerialNumber)

  static let kies3 = Generation(
    name: .kies3,
    keys: .kies(
      first: Array("jqw2zntssasudk3zuwwx4tnqz5h3b6i4".utf8), second: Array("ifzg4ovyl3cyl3a5".utf8)),
    userAgent: "Kies2.0_FUS", deviceIdentity: .imei)

  static let smart = Generation(
    name: .smart,
    keys: .smart([
      0x42, 0x2e, 0x73, 0x73, 0x36, 0x17, 0xae, 0x2b, 0x19, 0x89, 0x40, 0xfd, 0x4e, 0x32, 0xb0, 0xa5,
    ]),
    userAgent: "SMART 2.0", deviceIdentity: .none)
}
