/// All of a release that is known before a byte is made: names, times, keys and what lies in each member.
struct ReleasePlan {
  let arguments: ReleaseArguments
  /// Of every file's content.
  let seed: UInt64
  /// When the package was made.
  let made: ReleaseTime
  /// When it was published.
  let published: ReleaseTime
  /// Without the encryption's ending: `…_fac.zip`.
  let archiveName: String
  let logicValueFactory: String
  let logicValueHome: String
  /// What is made here; nothing for a package that is there already.
  let members: [MemberPlan]
  let partitions: [PartitionPlan]
  /// The members that the server tells.
  let memberNames: [MemberPlan.Folder: String]

  init(_ arguments: ReleaseArguments) {
    self.arguments = arguments
    let version = arguments.version
    seed = SplitMix.seed(arguments.seed, "\(arguments.model)/\(arguments.region)/\(version)")
    var generator = SplitMix(seed: SplitMix.seed(seed, "names"))
    let month = version.month ?? (2021, 1 + generator.below(12))
    made = ReleaseTime(
      year: month.0, month: month.1, day: 1 + generator.below(28), secondOfDay: generator.below(86400))
    published = made.adding(days: 3 + generator.below(10))
    let tail = generator.lettersAndDigits(10)
    archiveName = "\(arguments.model)_2_\(made.digits)_\(tail)_fac.zip"
    logicValueFactory = generator.lettersAndDigits(16)
    logicValueHome = generator.lettersAndDigits(16)
    let build = 10_000_000 + generator.below(90_000_000)
    let size: Int
    switch arguments.source {
    case .generated(let mebibytes, _): size = mebibytes
    case .ready(_, let names):
      members = []
      partitions = []
      let named = names.compactMap { name in MemberPlan.Folder(memberName: name).map { ($0, name) } }
      memberNames = Dictionary(uniqueKeysWithValues: named)
      return
    }
    let contents = ReleaseContents(size: size << 20, model: arguments.model)
    partitions = contents.partitions
    members = contents.members { folder in
      let ending = "MQB\(build)_REV00_user_low_ship_MULTI_CERT"
      return switch folder {
      case .boot: "BL_\(version.system)_\(version.system)_\(ending).tar.md5"
      case .system: "AP_\(version.system)_\(version.system)_\(ending)_meta_OS11.tar.md5"
      case .phone: "CP_\(version.phone)_CP\(build / 10)_\(ending).tar.md5"
      case .customisation, .homeCustomisation:
        "\(folder.rawValue)_\(version.customisationGroup)_\(version.customisation)_\(ending).tar.md5"
      case .userData:
        "USERDATA_\(version.customisationGroup)_\(version.system)_\(version.system)_\(ending).tar.md5"
      }
    }
    memberNames = Dictionary(uniqueKeysWithValues: members.map { ($0.folder, $0.name) })
  }

  /// As served: `…_fac.zip.enc4`.
  var packageName: String {
    switch arguments.encryption {
    case .enc4: "\(archiveName).enc4"
    case .enc2: "\(archiveName).enc2"
    case .none: archiveName
    }
  }

  /// Of AES-128, nil for a plain package.
  ///
  /// `enc4`: MD5 of the version's logic check by the logic value. `enc2`: MD5 of `region:model:version`.
  func key() throws(ReleaseFault) -> [UInt8]? {
    let version = arguments.version.description
    switch arguments.encryption {
    case .none: return nil
    case .enc2:
      return Digest.of(Array("\(arguments.region):\(arguments.model):\(version)".utf8), .md5)
    case .enc4:
      let logicValue = arguments.nature == .factory ? logicValueFactory : logicValueHome
      guard let check = LogicCheck.text(version, nonce: logicValue) else {
        throw .failed(
          "The version \(version) has fewer than the 16 characters that a key of enc4 is made of.")
      }
      return Digest.of(Array(check.utf8), .md5)
    }
  }
}

/// A member of the package: a tar archive with its MD5.
struct MemberPlan {
  /// Its short name, which is its folder's when unpacked.
  enum Folder: String, CaseIterable {
    case boot = "BL"
    case system = "AP"
    case phone = "CP"
    case customisation = "CSC"
    case homeCustomisation = "HOME_CSC"
    case userData = "USERDATA"

    /// The folder of the member with this name, such as AP for `AP_….tar.md5`.
    init?(memberName name: String) {
      guard let folder = Self.allCases.first(where: { name.hasPrefix("\($0.rawValue)_") }) else { return nil }
      self = folder
    }
  }

  let folder: Folder
  /// With `.tar.md5`.
  let name: String
  let dialect: TarWriter.Dialect
  let isDeflated: Bool
  let entries: [EntryPlan]

  /// As its MD5 line says.
  var archiveName: String { String(name.dropLast(4)) }
}

/// An entry of a member's archive.
struct EntryPlan {
  enum Content {
    case directory
    case generated(size: Int, mix: GeneratedContent.Mix)
    /// An Android sparse image of this many bytes when expanded, a multiple of 4096.
    case sparse(size: Int, mix: GeneratedContent.Mix)
    case superImage
    case partitionTable(PartitionInformationTable)
    case updateArchive(size: Int)
  }

  /// Unpacked, without `.lz4`.
  let name: String
  let content: Content
  /// Nil for a plain file.
  let packing: LZ4Format?
}

/// A partition in `super`.
struct PartitionPlan {
  let name: String
  let kind: FileSystemImages.Kind
  /// Of its files together, in bytes.
  let contentSize: Int
}
