import Testing

@testable import FUSNet

/// Short replies, and what else several tests begin with.
enum Sample {
  static func model() throws -> DeviceModel { try #require(DeviceModel("SM-A207F")) }
  static func region() throws -> RegionCode { try #require(RegionCode("SER")) }

  static let versionText = "A207FXXU2CUI2/A207FOXM2CUI2/A207FXXU2CUI2/A207FXXU2CUI2"
  static func version() throws -> FirmwareVersion { try #require(FirmwareVersion(versionText)) }

  static let packageName = "SM-A207F_2_20210928113735_g3wsdfg48a_fac.zip.enc4"

  static func binary(name: String = packageName, size: UInt64 = 1600) throws -> RemoteBinary {
    RemoteBinary(
      path: "/neofus/9/", name: name, size: size, version: try version(), modelType: "9", region: try region()
    )
  }

  /// A reply of this status with these fields.
  static func reply(status: String = "200", results: [String: String] = [:], put: [String: String]) -> [UInt8]
  {
    func fields(_ values: [String: String]) -> String {
      values.sorted { $0.key < $1.key }.map { "<\($0.key)><Data>\($0.value)</Data></\($0.key)>" }.joined()
    }
    return Array(
      """
      <?xml version="1.0" encoding="UTF-8"?><FUSMsg><FUSHdr><ProtoVer>1.0</ProtoVer></FUSHdr><FUSBody>\
      <Results><CmdRef>2</CmdRef><Status>\(status)</Status>\(fields(results))</Results>\
      <Put><CmdID>1</CmdID>\(fields(put))</Put></FUSBody></FUSMsg>
      """.utf8)
  }

  /// What an inform reply needs at least, with these changes.
  static func inform(status: String = "200", changing changes: [String: String] = [:]) -> [UInt8] {
    var put = [
      "BINARY_NAME": packageName, "BINARY_BYTE_SIZE": "4556071616", "MODEL_PATH": "/neofus/910/",
      "BINARY_CRC": "1830059332", "DEVICE_MODEL_TYPE": "9", "LAST_MODIFIED": "20211007165909",
      "LOGIC_VALUE_FACTORY": "ehbkrulq43h44mqw", "LOGIC_VALUE_HOME": "abcdefghij012345",
      "DESCRIPTION": "https://doc.samsungmobile.com/SM-A207F/SER/doc.html",
      "CURRENT_OS_VERSION": "R(Android 11)",
      "DEVICE_BOOT_FILE": "BL_A207F.tar.md5", "DEVICE_PDA_CODE1_FILE": "AP_A207F.tar.md5",
      "DEVICE_PHONE_FONT_FILE": "CP_A207F.tar.md5", "DEVICE_CSC_FILE": "CSC_A207F.tar.md5",
      "DEVICE_CSC_HOME_FILE": "HOME_CSC_A207F.tar.md5", "DEVICE_USER_DATA_FILE": "",
    ]
    put.merge(changes) { $1 }
    return reply(status: status, results: ["LATEST_FW_VERSION": changes["VERSION"] ?? versionText], put: put)
  }

  static let initialized = reply(put: [:])
}
