import FoundationEssentials
import Glibc

/// A release as its folder's `release.json` describes it: what the server says about it.
struct ReleaseDescription: Equatable, Sendable, Codable {
  let model: String
  let region: String
  /// PDA/CSC/PHONE/DATA.
  let version: String
  /// The name of the file that is served, beside `release.json`.
  let binaryName: String
  /// 1 for factory, 0 for home.
  let binaryNature: Int
  let encryption: ReleaseArguments.Encryption
  /// Bytes of the file as served.
  let byteSize: UInt64
  /// CRC-32 of the file as served.
  let crc32: UInt32
  /// Base64 of the MD5 of the file as served.
  let contentMD5: String
  let logicValueFactory: String
  let logicValueHome: String
  /// Begins and ends with a slash.
  let modelPath: String
  let modelType: String
  /// `YYYYMMDDhhmmss`
  let lastModified: String
  /// `YYYY/MM/DD hh:mm:ss`
  let openDate: String
  /// Such as `R(Android 11)`.
  let systemName: String
  let displayName: String
  /// Member names by the tag of an inform reply, "" for one that is not there.
  let members: [String: String]

  private enum CodingKeys: String, CodingKey {
    case model, region, version, encryption, crc32, members
    case binaryName = "binary_name"
    case binaryNature = "binary_nature"
    case byteSize = "byte_size"
    case contentMD5 = "content_md5"
    case logicValueFactory = "logic_value_factory"
    case logicValueHome = "logic_value_home"
    case modelPath = "model_path"
    case modelType = "model_type"
    case lastModified = "last_modified"
    case openDate = "open_date"
    case systemName = "os_name"
    case displayName = "display_name"
  }

  /// The first part of the version.
  var pda: String { String(version.prefix { $0 != "/" }) }
  /// What a client asks for with `file=`.
  var path: String { modelPath + binaryName }
  var buyerCode: String { Self.buyerCode(version: version, model: model) }
  /// The number in `R(Android 11)`, empty where there is none.
  var androidMajor: String { String(systemName.filter(\.isNumber)) }

  /// Whether an inform request for a nature is answered with this file: its own nature, or either where both
  /// logic values are the same and thus both natures decrypt it.
  func serves(nature: Int) -> Bool {
    nature == binaryNature || logicValueHome == logicValueFactory
  }

  /// The two letters of a version that follow the model's: `XX` in `A207FXXU2CUI2`.
  static func buyerCode(version: String, model: String) -> String {
    let device = model.hasPrefix("SM-") ? model.dropFirst(3) : model[...]
    let letters = version.hasPrefix(device) ? version.dropFirst(device.count).prefix(2) : ""
    return letters.count == 2 && letters.allSatisfy(\.isLetter) ? String(letters) : "XX"
  }
}

/// A release and the folder that its file lies in.
struct ServedRelease: Equatable, Sendable {
  let description: ReleaseDescription
  /// The file's path on this machine.
  let file: String

  /// The release of a folder made by `make-release`.
  init(folder: String) throws(EmulatorFailure) {
    let source = folder + "/release.json"
    guard Self.size(of: source) != nil else { throw EmulatorFailure("\(source) is not there") }
    do {
      let data = try Data(contentsOf: URL(filePath: source))
      description = try JSONDecoder().decode(ReleaseDescription.self, from: data)
    } catch {
      throw EmulatorFailure("\(source) cannot be read as the description of a release: \(error)")
    }
    file = folder + "/" + description.binaryName
    try checkShape(source: source)
    guard let size = Self.size(of: file) else { throw EmulatorFailure("\(file) is not there") }
    guard size == description.byteSize else {
      throw EmulatorFailure("\(file) has \(size) bytes, but \(source) says \(description.byteSize)")
    }
  }

  private func checkShape(source: String) throws(EmulatorFailure) {
    let parts = description.version.split(separator: "/", omittingEmptySubsequences: false)
    let faults = [
      parts.count != 4 || parts.contains("") ? "version has not four parts" : nil,
      description.binaryName.contains("/") || description.binaryName.isEmpty
        ? "binary_name is no file name" : nil,
      LogicCheck.input(fileName: description.binaryName).utf8.count < 16 ? "binary_name is too short" : nil,
      description.byteSize == 0 ? "byte_size is 0" : nil,
      ![0, 1].contains(description.binaryNature) ? "binary_nature is neither 0 nor 1" : nil,
      description.logicValueFactory.utf8.count != 16 || description.logicValueHome.utf8.count != 16
        ? "a logic value has not 16 characters" : nil,
      !description.modelPath.hasPrefix("/") || !description.modelPath.hasSuffix("/")
        ? "model_path is not between slashes" : nil,
    ]
    if let fault = faults.compactMap(\.self).first { throw EmulatorFailure("\(source): \(fault)") }
  }

  private static func size(of path: String) -> UInt64? {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return UInt64(exactly: status.st_size)
  }
}
