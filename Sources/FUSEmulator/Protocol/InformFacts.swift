/// What an inform reply says of a release: the truth, unless a fault has bent it.
struct InformFacts: Sendable {
  let model: String
  let region: String
  var version: String
  var binaryName: String
  let nature: Int
  /// Bytes of the encrypted file, as text because a fault may make it absurd.
  var byteSize: String
  let sizeInKibibytes: String
  let crc32: UInt32
  let logicValueFactory: String
  let logicValueHome: String
  let modelPath: String
  let modelType: String
  let lastModified: String
  let systemName: String
  let displayName: String
  var members: [String: String]

  /// - Parameter nature: the nature that was asked for, 1 for factory and 0 for home.
  init(_ release: ReleaseDescription, nature: Int) {
    model = release.model
    region = release.region
    version = release.version
    binaryName = release.binaryName
    self.nature = nature
    byteSize = String(release.byteSize)
    sizeInKibibytes = String(release.byteSize / 1024)
    crc32 = release.crc32
    logicValueFactory = release.logicValueFactory
    logicValueHome = release.logicValueHome
    modelPath = release.modelPath
    modelType = release.modelType
    lastModified = release.lastModified
    systemName = release.systemName
    displayName = release.displayName
    members = release.members
  }

  /// The member that a tag names, empty where the package has none.
  func member(_ tag: String) -> String {
    members[tag] ?? ""
  }

  var buyerCode: String { ReleaseDescription.buyerCode(version: version, model: model) }
}
