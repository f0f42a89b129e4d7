/// Reads a message's fields, refusing what is missing or wrong.
struct FieldReader {
  private let message: RequestMessage

  init(_ message: RequestMessage) {
    self.message = message
  }

  /// The value of a field that must be there and not be empty.
  func value(_ tag: String) throws(Refusal) -> String {
    guard let value = message.fields[tag], !value.isEmpty else { throw .http(405, "\(tag) is missing") }
    return value
  }

  /// The value of a field that must be one of some.
  func value(_ tag: String, _ allowed: [String]) throws(Refusal) -> String {
    let value = try value(tag)
    guard allowed.contains(value) else {
      throw .http(405, "\(tag) is \(value), not \(allowed.joined(separator: " or "))")
    }
    return value
  }

  func expect(_ tag: String, _ allowed: [String]) throws(Refusal) {
    _ = try value(tag, allowed)
  }

  func commandIsOne() throws(Refusal) {
    guard message.commandID == "1" else { throw .http(405, "Put's CmdID is not 1") }
  }

  /// Checks LOGIC_CHECK, which must belong to an input and a plain nonce.
  func logicCheck(_ input: String, _ nonce: String) throws(Refusal) {
    let given = try value("LOGIC_CHECK")
    guard let right = LogicCheck.text(input, nonce: nonce) else {
      throw .http(405, "LOGIC_CHECK cannot be made of fewer than 16 characters")
    }
    guard given == right else { throw .http(405, "LOGIC_CHECK is not that of this message and nonce") }
  }

  /// Checks what must be said of the country for the two regions that stand for several.
  func country(of region: String, smart: Bool) throws(Refusal) {
    let codes: [String: [String]] = ["EUX": ["DE", "262", "01"], "EUY": ["RS", "220", "01"]]
    guard let wanted = codes[region] else { return }
    for (tag, code) in zip(["DEVICE_CC_CODE", "MCC_NUM", "MNC_NUM"], wanted) { try expect(tag, [code]) }
    if !smart && region == "EUX" { try expect("DEVICE_AID_CODE", ["EUX"]) }
  }

  /// Checks that the device is named as the generation wants it; what is wrong is said with status 408.
  func device(_ generation: Generation) throws(Refusal) {
    guard generation.deviceIdentity != .none else { return }
    _ = try value("CLIENT_VERSION")
    let number = message.fields["DEVICE_IMEI_PUSH"] ?? ""
    let isGood =
      switch generation.deviceIdentity {
      case .none: true
      case .imeiOrSerialNumber: DeviceNumber.isIMEI(number) || DeviceNumber.isSerialNumber(number)
      case .imei: DeviceNumber.isIMEI(number)
      }
    guard isGood else {
      throw Refusal(.body("408"), "DEVICE_IMEI_PUSH is missing, or no number that \(generation.name) takes")
    }
  }
}
