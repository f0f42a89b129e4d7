import TestSupport

@testable import FUSEmulator

/// A folder with a small release of random bytes, removed with its last reference.
final class TestRelease: Sendable {
  static let version = "A207FXXU2CUI2/A207FOXM2CUI2/A207FXXU2CUI2/A207FXXU2CUI2"
  static let olderVersion = "A207FXXU2BUH1/A207FOXM2BUH1/A207FXXU2BUH1/A207FXXU2BUH1"

  private let directory = TemporaryDirectory()
  let name: String
  let bytes: [UInt8]

  /// - Parameter mark: two digits that tell the names of several releases apart.
  init(
    version: String = version, region: String = "SER", mark: String = "28", size: Int = 200_000,
    logicValueHome: String = "ehbkrulq43h44mqw"
  ) throws {
    name = "SM-A207F_2_202109\(mark)113735_g3wsdfg48a_fac.zip.enc4"
    var random = TestSupport.SplitMix(seed: UInt64(mark) ?? 0)
    bytes = random.bytes(size)
    let description = """
      {"model": "SM-A207F", "region": "\(region)", "version": "\(version)", "binary_name": "\(name)",
       "binary_nature": 1, "encryption": "enc4", "byte_size": \(size), "crc32": 3830059332,
       "content_md5": "1B2M2Y8AsgTpgAmY7PhCfg==", "logic_value_factory": "ehbkrulq43h44mqw",
       "logic_value_home": "\(logicValueHome)", "model_path": "/neofus/910/", "model_type": "9",
       "last_modified": "20211007165909", "open_date": "2021/10/07 16:59:09", "os_name": "R(Android 11)",
       "display_name": "Galaxy A20s (SM-A207F)",
       "members": {"DEVICE_BOOT_FILE": "BL_A207F.tar.md5", "DEVICE_PDA_CODE1_FILE": "AP_A207F.tar.md5"}}
      """
    try directory.write(bytes, to: name)
    try directory.write(Array(description.utf8), to: "release.json")
  }

  var folder: String { directory.path }

  /// What a client asks for with `file=`.
  var path: String { "/neofus/910/" + name }
}
