import FirmwareFormats

/// The names under which the inside of a package is shown; pure.
///
/// ```
/// AP_A207FXXU2CUI2_….tar.md5         the directory AP
///   boot.img.lz4                     boot.img.lz4, boot.img
///   super.img.lz4                    super.img.lz4, super.img; super.raw.img where that is a sparse image;
///                                    super where what is expanded holds logical partitions
/// ```
enum InnerNames {
  /// What Samsung's tars are called before the version, longest first.
  private static let folders = ["HOME_CSC", "USERDATA", "CSC", "AP", "BL", "CP"]
  private static let tarSuffixes = [TarChecksum.nameSuffix, ".tar"]

  /// The directory in which a member's entries are shown; nil for a member that is no tar.
  static func folder(ofMember name: String) -> String? {
    guard let stem = tarSuffixes.lazy.compactMap(name.without).first else { return nil }
    return folders.first { stem == $0 || stem.hasPrefix($0 + "_") } ?? stem
  }

  /// Each directory with its member, in the members' order; of two members for one directory the first.
  static func folders(of members: [String]) -> [(folder: String, member: String)] {
    var taken = Set(members)
    return members.compactMap { member in
      guard let folder = folder(ofMember: member), taken.insert(folder).inserted else { return nil }
      return (folder, member)
    }
  }

  // MARK: Entries

  private static let packedSuffix = ".lz4"
  private static let imageSuffixes = [".img.ext4", ".img", ".ext4"]
  private static let expandedSuffix = ".raw.img"

  /// `boot.img` of `boot.img.lz4`.
  static func unpacked(_ name: String) -> String? { name.without(packedSuffix) }

  /// `super` of `super.img.lz4` and of `super.img`; nil for what is no image by its name.
  static func imageStem(_ name: String) -> String? {
    let image = unpacked(name) ?? name
    guard !image.hasSuffix(expandedSuffix) else { return nil }
    return imageSuffixes.lazy.compactMap(image.without).first
  }

  /// `super.raw.img` of `super.img.lz4`.
  ///
  /// Nil also where that would be longer than a name may be.
  static func expanded(_ name: String) -> String? {
    imageStem(name).map { $0 + expandedSuffix }.flatMap { $0.utf8.count <= longestName ? $0 : nil }
  }

  private static let longestName = 255

  /// What an entry must be called for something of this name to be shown, with what would be shown of it.
  static func sources(of name: String) -> [(entry: String, view: EntryView)] {
    var sources: [(String, EntryView)] = [(name, .asIs), (name + packedSuffix, .unpacked)]
    let images = { (stem: String) in imageSuffixes.flatMap { [stem + $0, stem + $0 + packedSuffix] } }
    if let stem = name.without(expandedSuffix) { sources += images(stem).map { ($0, .expanded) } }
    sources += images(name).map { ($0, .partitions) }
    return sources
  }

  // MARK: Probes

  /// Whether a tar of firmware may hold the name, so that it is worth streaming the tar for it.
  ///
  /// Shells, file managers and git look for names of their own wherever they are.
  ///
  /// - Parameter depth: of the directory in the tar; 0 is the tar's own.
  static func isPlausible(_ name: String, atDepth depth: Int) -> Bool {
    guard !name.hasPrefix(".") else { return false }
    guard let dot = name.lastIndex(of: ".") else {
      return depth == 0 ? directories.contains(name) : !name.isEmpty && !probes.contains(name)
    }
    return suffixes.contains(name[name.index(after: dot)...].lowercased())
  }

  private static let directories: Set<String> = ["meta-data", "super"]
  private static let probes: Set<String> = ["HEAD", "objects", "refs", "lost+found", "CVS", "RCS", "SCCS"]
  private static let suffixes: Set<String> = [
    "bin", "cfg", "dat", "dtb", "elf", "ext4", "f2fs", "fv", "hash", "img", "json", "lz4", "mbn", "mdt",
    "melf", "pb",
    "pit", "raw", "txt", "xml", "zip",
  ]
}

/// What is shown of a tar's entry.
package enum EntryView: Sendable, Hashable {
  /// Its bytes.
  case asIs
  /// What its LZ4 frames hold.
  case unpacked
  /// Its image, or the one that it is packed from, without holes and fills.
  case expanded
  /// A directory of the logical partitions in that.
  case partitions
  /// One of them, by its name.
  case partition(String)
}

extension String {
  /// The beginning of a name that ends so, if it is a name as well.
  fileprivate func without(_ suffix: String) -> String? {
    guard hasSuffix(suffix) else { return nil }
    let stem = String(dropLast(suffix.count))
    return ["", ".", ".."].contains(stem) ? nil : stem
  }
}
