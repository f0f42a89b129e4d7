/// One package file on the bulk server, and what Init must say about it.
package struct RemoteBinary: Hashable, Sendable {
  /// The directory, with a slash at both ends: `/neofus/910/`.
  package let path: String
  package let name: String
  /// Its size as served, in bytes.
  package let size: UInt64
  package let version: FirmwareVersion
  let modelType: String
  package let region: RegionCode

  package init(
    path: String, name: String, size: UInt64, version: FirmwareVersion, modelType: String, region: RegionCode
  ) {
    self.path = path
    self.name = name
    self.size = size
    self.version = version
    self.modelType = modelType
    self.region = region
  }

  /// The request's query: path and name, slashes as they are (a `%2F` is answered by 405), all else escaped.
  var query: String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes = Array("file=".utf8)
    for byte in (path + name).utf8 {
      if byte.isAlphanumeric || "/-._~".utf8.contains(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
