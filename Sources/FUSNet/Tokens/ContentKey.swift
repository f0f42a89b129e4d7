import Primitives

/// The AES-128 key of one release's package. It never shows its bytes in a text.
package struct ContentKey: Sendable, Equatable {
  /// 16 bytes.
  package let bytes: [UInt8]

  private init(md5 text: String) throws(Failure) {
    bytes = try Cryptography.md5(text.utf8)
  }

  /// The key of an `.enc4` file: MD5 of the logic check of the reply's version with its logic value.
  static func version4(version: String, logicValue: String) throws(Failure) -> ContentKey {
    try ContentKey(md5: LogicCheck.value(version, nonce: logicValue))
  }

  /// The key of an `.enc2` file: MD5 of `CSC:MODEL:VERSION`.
  static func version2(
    region: RegionCode, model: DeviceModel, version: FirmwareVersion
  ) throws(Failure) -> ContentKey {
    try ContentKey(md5: "\(region):\(model):\(version)")
  }
}

extension ContentKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "a content key" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
