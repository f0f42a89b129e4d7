/// What tells one phone from all others: some profiles must send it. Its value reaches the request and nothing else.
package struct DeviceIdentity: Sendable, Equatable {
  enum Kind: Sendable {
    case imei
    case serialNumber
  }

  let kind: Kind
  let value: String

  /// 15 digits are an IMEI; 8 to 20 letters and digits with a letter among them are a serial number.
  package init?(_ text: String) {
    let bytes = text.utf8
    if bytes.count == 15, bytes.allSatisfy(\.isDigit) {
      kind = .imei
    } else if (8...20).contains(bytes.count), bytes.allSatisfy({ $0.isUppercase || $0.isDigit }),
      bytes.contains(where: \.isUppercase)
    {
      kind = .serialNumber
    } else {
      return nil
    }
    value = text
  }
}

extension DeviceIdentity: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { kind == .imei ? "an IMEI" : "a serial number" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
