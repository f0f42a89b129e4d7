package import Primitives

/// What a server says about one release's package: the file, its size, its key's ingredients, its members.
package struct BinaryInform: Sendable, Equatable {
  /// How the package is wrapped, as its name's end says.
  package enum Encryption: Sendable, Equatable {
    case enc2
    case enc4
    case none
  }

  /// What a member of the package is for. In the order in which flashing programs name them.
  package enum MemberRole: String, Sendable, CaseIterable {
    /// Boot loader.
    case bl = "BL"
    /// Android itself.
    case ap = "AP"
    /// The modem's firmware.
    case cp = "CP"
    /// The region's settings; erases the user's data.
    case csc = "CSC"
    /// The region's settings; keeps the user's data.
    case homeCSC = "HOME_CSC"
    /// Preinstalled programs.
    case userData = "USERDATA"

    fileprivate var tag: String {
      switch self {
      case .bl: "DEVICE_BOOT_FILE"
      case .ap: "DEVICE_PDA_CODE1_FILE"
      case .cp: "DEVICE_PHONE_FONT_FILE"
      case .csc: "DEVICE_CSC_FILE"
      case .homeCSC: "DEVICE_CSC_HOME_FILE"
      case .userData: "DEVICE_USER_DATA_FILE"
      }
    }
  }

  package struct Member: Sendable, Equatable {
    package let role: MemberRole
    package let name: String
  }

  /// The release that the server means, which may be another than the one asked for.
  package let version: FirmwareVersion
  /// The version as the reply writes it, from which the key of `.enc4` is made.
  let versionText: String
  package let binaryName: String
  /// The size as served, in bytes: 1 to 2^40; a multiple of 16 if encrypted.
  package let byteSize: UInt64
  /// CRC-32 of the file as served, if the server tells it.
  package let crc32: UInt32?
  /// The directory on the bulk server, with a slash at both ends.
  let modelPath: String
  let modelType: String
  package let nature: BinaryNature
  let logicValueFactory: String
  let logicValueHome: String
  /// Seconds since 1970, UTC, if the server tells it.
  package let lastModified: Int64?
  /// The web page about the release, if there is one.
  package let descriptionURL: String?
  package let osName: String
  package let displayName: String
  /// The names that the package's members should have; the package itself is right where the two disagree.
  package let members: [Member]

  /// Parses a reply as it came, or as it was kept. `nature` is what was asked for, in case the reply does not say.
  package init(reply: [UInt8], nature: BinaryNature = .factory) throws(Failure) {
    try self.init(FUSReply(parsing: reply), nature: nature)
  }

  init(_ reply: FUSReply, nature: BinaryNature) throws(Failure) {
    try ServerStatus(body: reply.status).requireGood()
    let put = reply.put
    let versions = [
      reply.results["LATEST_FW_VERSION"], reply.results["BINARY_SW_VERSION"], put["BINARY_SW_VERSION"],
      put["LATEST_FW_VERSION"],
    ]
    versionText = versions.first { !$0.isEmpty } ?? ""
    guard let version = FirmwareVersion(versionText) else {
      throw Failure(.network, "The server's reply names no version that can be understood.")
    }
    self.version = version

    guard !put["BINARY_NAME"].isEmpty else {
      throw Failure(.notFound, "The server names no file for this release.", cure: "Try another CSC.")
    }
    binaryName = try FileNames.checked(put["BINARY_NAME"], of: "the package")
    byteSize = try Self.size(put["BINARY_BYTE_SIZE"], isEncrypted: Self.encryption(of: binaryName) != .none)
    crc32 = FieldValues.crc32(put["BINARY_CRC"])
    modelPath = try FileNames.checkedDirectory(put["MODEL_PATH"])
    modelType = FieldValues.line(put["DEVICE_MODEL_TYPE"])
    self.nature = Int(put["BINARY_NATURE"]).flatMap(BinaryNature.init) ?? nature
    logicValueFactory = put["LOGIC_VALUE_FACTORY"]
    logicValueHome = put["LOGIC_VALUE_HOME"]
    lastModified = FieldValues.time(put["LAST_MODIFIED"])
    descriptionURL = FieldValues.webAddress(put["DESCRIPTION"])
    osName = FieldValues.line(
      put["CURRENT_OS_VERSION"].isEmpty ? put["BINARY_OS_NAME"] : put["CURRENT_OS_VERSION"])
    displayName = FieldValues.line(
      put["BINARY_MODEL_DISPLAYNAME"].isEmpty
        ? put["DEVICE_MODEL_DISPLAYNAME"] : put["BINARY_MODEL_DISPLAYNAME"])
    members = try Self.members(put)
  }

  package var encryption: Encryption { Self.encryption(of: binaryName) }

  /// The key of the package, or nil if it is not encrypted.
  package func contentKey(model: DeviceModel, region: RegionCode) throws(Failure) -> ContentKey? {
    switch encryption {
    case .none: return nil
    case .enc2: return try .version2(region: region, model: model, version: version)
    case .enc4:
      let logicValue = nature == .factory ? logicValueFactory : logicValueHome
      guard !logicValue.isEmpty else {
        throw Failure(.network, "The server's reply lacks the value that the package's key is made of.")
      }
      return try .version4(version: versionText, logicValue: logicValue)
    }
  }

  /// The file to download.
  package func remoteBinary(region: RegionCode) -> RemoteBinary {
    RemoteBinary(
      path: modelPath, name: binaryName, size: byteSize, version: version, modelType: modelType,
      region: region)
  }

  private static func encryption(of name: String) -> Encryption {
    if name.hasSuffix(".enc4") { .enc4 } else if name.hasSuffix(".enc2") { .enc2 } else { .none }
  }

  private static func size(_ text: String, isEncrypted: Bool) throws(Failure) -> UInt64 {
    guard let size = UInt64(text), (1...(1 << 40)).contains(size) else {
      throw Failure(.network, "The server's reply has a size for the package that makes no sense.")
    }
    guard !isEncrypted || size.isMultiple(of: 16) else {
      throw Failure(
        .network, "The server's reply has a size of \(size), which no encrypted package can have.")
    }
    return size
  }

  private static func members(_ put: FUSReply.Fields) throws(Failure) -> [Member] {
    var members: [Member] = []
    for role in MemberRole.allCases where !put[role.tag].isEmpty {
      let name = try FileNames.checked(put[role.tag], of: "its part \(role.rawValue)")
      if !members.contains(where: { $0.name == name }) { members.append(Member(role: role, name: name)) }
    }
    return members
  }
}
