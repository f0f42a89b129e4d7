/// What the command line asks for.
struct ReleaseArguments: Equatable {
  enum Encryption: String, Codable, CaseIterable {
    case enc4
    case enc2
    case none
  }

  enum Nature: String, CaseIterable {
    case factory
    case home
  }

  /// Where the package comes from.
  enum Source: Equatable {
    /// Made here: about so many MiB. With `keepsTrees` what its file systems are made from stays in `DIR/trees`.
    case generated(size: Int, keepsTrees: Bool)
    /// A plain ZIP that is there already, and the names of its members that the server tells.
    case ready(path: String, members: [String])
  }

  var folder: String
  var model: String
  var region: String
  var version: ReleaseVersion
  var source: Source
  var seed: UInt64 = 1
  var encryption = Encryption.enc4
  var nature = Nature.factory

  /// Of a package that is made here, in MiB: from 16 MiB to 64 GiB.
  static let sizes = 16...65536

  static let help = """
    Usage: fus-emulator make-release DIR --model M --region R --version V --size MiB [--keep-trees]
                                     [--seed N] [--encryption enc4|enc2|none] [--nature factory|home]
           fus-emulator make-release DIR --model M --region R --version V --package ZIP [--members NAME,NAME…]
                                     [--seed N] [--encryption enc4|enc2|none] [--nature factory|home]

    Makes a firmware package of the real shape in DIR, which must be empty or not exist yet: the package,
    release.json (what the server says about it) and truth.json (size and SHA-256 of every file at every depth).
    The same arguments make the same bytes. With --package it is a ZIP of another maker's that is encrypted, and
    truth.json has the package alone.

      --model M         the model, as in SM-A207F
      --region R        the three characters of the region, as in SER
      --version V       PDA/CSC/PHONE/DATA, or only the PDA, as in A207FXXU2CUI2
      --size MiB        about the size of the package, \(sizes.lowerBound) to \(sizes.upperBound)
      --keep-trees      keep what the file systems are made from in DIR/trees, a folder for each partition
      --package ZIP     a plain ZIP to take as it is
      --members NAMES   members of that ZIP, whose names the server tells (default: none)
      --seed N          another number, other bytes (default: 1)
      --encryption E    enc4 (default), enc2 or none
      --nature N        factory (default) or home
      --help            shows this

    It runs mkfs.ext4 and debugfs (package e2fsprogs) and mkfs.erofs (package erofs-utils).
    """

  /// `arguments` come without the names of the program and the verb.
  init(_ arguments: [String]) throws(ReleaseFault) {
    var folders: [String] = []
    var options: [String: String] = [:]
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--") else {
        folders.append(argument)
        continue
      }
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
        String.init)
      guard Self.names.contains(parts[0]) else { throw .usage("There is no option \(parts[0]).") }
      let value: String
      if parts[0] == Self.keepTrees {
        guard parts.count == 1 else { throw .usage("\(parts[0]) takes no value.") }
        value = ""
      } else {
        guard let given = parts.count == 2 ? parts[1] : rest.popFirst() else {
          throw .usage("\(parts[0]) needs a value.")
        }
        value = given
      }
      guard options.updateValue(value, forKey: parts[0]) == nil else {
        throw .usage("\(parts[0]) is given twice.")
      }
    }
    guard folders.count == 1, !folders[0].isEmpty else {
      throw .usage("Name one folder for the release, not \(folders.count).")
    }
    folder = folders[0]
    model = try Self.required("--model", in: options)
    guard (3...20).contains(model.utf8.count), model.utf8.allSatisfy(Self.isModelCharacter) else {
      throw .usage("\(model) is not a model: 3 to 20 capital letters, digits and hyphens.")
    }
    region = try Self.required("--region", in: options)
    guard region.utf8.count == 3, region.utf8.allSatisfy(ReleaseVersion.isCodeCharacter) else {
      throw .usage("\(region) is not a region: three capital letters or digits.")
    }
    version = try ReleaseVersion(Self.required("--version", in: options))
    source = try Self.source(options)
    if let text = options["--seed"] {
      guard let seed = UInt64(text) else { throw .usage("\(text) is not a seed: a number from 0 on.") }
      self.seed = seed
    }
    if let text = options["--encryption"] { encryption = try Self.choice(text, of: "--encryption") }
    if let text = options["--nature"] { nature = try Self.choice(text, of: "--nature") }
  }

  private static let keepTrees = "--keep-trees"
  private static let names = [
    "--model", "--region", "--version", "--size", keepTrees, "--package", "--members", "--seed",
    "--encryption",
    "--nature",
  ]

  private static func source(_ options: [String: String]) throws(ReleaseFault) -> Source {
    if let path = options["--package"] {
      for name in ["--size", keepTrees] where options[name] != nil {
        throw .usage("\(name) has no meaning beside --package.")
      }
      let members = (options["--members"] ?? "").split(separator: ",").map(String.init)
      var folders: Set<MemberPlan.Folder> = []
      for name in members {
        guard let folder = MemberPlan.Folder(memberName: name) else {
          throw .usage("\(name) is no member that a server tells: it begins with AP_, BL_, CP_ or the like.")
        }
        guard folders.insert(folder).inserted else { throw .usage("A second \(folder.rawValue): \(name).") }
      }
      return .ready(path: path, members: members)
    }
    guard options["--members"] == nil else { throw .usage("--members has no meaning without --package.") }
    let text = try required("--size", in: options)
    guard let size = Int(text), sizes.contains(size) else {
      throw .usage("\(text) is not a size: \(sizes.lowerBound) to \(sizes.upperBound) MiB.")
    }
    return .generated(size: size, keepsTrees: options[keepTrees] != nil)
  }

  private static func required(_ name: String, in options: [String: String]) throws(ReleaseFault) -> String {
    guard let value = options[name] else { throw .usage("\(name) is missing.") }
    return value
  }

  private static func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ text: String, of name: String
  ) throws(ReleaseFault) -> Value {
    guard let value = Value(rawValue: text) else {
      throw .usage(
        "\(name) is one of \(Value.allCases.map(\.rawValue).joined(separator: ", ")), not \(text).")
    }
    return value
  }

  private static func isModelCharacter(_ byte: UInt8) -> Bool {
    ReleaseVersion.isCodeCharacter(byte) || byte == UInt8(ascii: "-")
  }
}
