package import FUSNet
import FirmwareFormats

/// A place in the tree that a user sees.
///
/// ```
/// /                            root
/// /.fusfs/                     information: the mount, about itself
/// /.fusfs/log                  informationFile
/// /SM-A207F/                   model
/// /SM-A207F/SER/               region
/// /SM-A207F/SER/latest/        latest
/// /SM-A207F/SER/A207FXXU2CUI2/ release
/// …/A207FXXU2CUI2/release.json file; the same file is found under latest/
/// …/A207FXXU2CUI2/AP/          folder
/// …/A207FXXU2CUI2/AP/boot.img  inner
/// ```
package enum Node: Sendable {
  case root
  case information
  case informationFile(InformationFile)
  case model(DeviceModel)
  case region(Device)
  case latest(Device)
  /// The edition is how often it has turned out to be another than was said, in this mount: then its names lead elsewhere.
  case release(ReleaseIdentity, modified: Int64?, edition: Int = 0)
  case file(ReleaseFile)
  case folder(ReleaseFolder)
  case inner(InnerNode)
}

/// The directory of what is inside a member that is a tar.
package struct ReleaseFolder: Sendable {
  package let release: Release
  package let name: String
  /// The member's name in the package.
  package let member: String
}

/// A file of the mount about itself.
package enum InformationFile: String, Sendable, CaseIterable {
  case status = "status.json"
  case metrics
  case log
}

/// A file in a release's directory.
package struct ReleaseFile: Sendable {
  package enum Kind: Sendable, Hashable {
    /// The package as served.
    case encrypted
    /// The package decrypted.
    case package
    /// A member of the package's ZIP, by its name.
    case member(String)
    /// What the server said, in short.
    case summary
    /// What the server said, as it came.
    case informReply
  }

  package let release: Release
  package let kind: Kind

  package var name: String {
    switch kind {
    case .encrypted: release.inform.binaryName
    case .package: release.packageName
    case .member(let name): name
    case .summary: Self.summaryName
    case .informReply: Self.informReplyName
    }
  }

  static let summaryName = "release.json"
  static let informReplyName = "inform.xml"
}

extension Node {
  package enum Kind: Sendable {
    case directory, regularFile
  }

  package var kind: Kind {
    switch self {
    case .root, .information, .model, .region, .latest, .release, .folder: .directory
    case .informationFile, .file: .regularFile
    case .inner(let inner): inner.isDirectory ? .directory : .regularFile
    }
  }

  /// Where it stands below the mount point, releases by their whole versions: `latest` is the release that it names.
  package var path: String {
    switch self {
    case .root: "/"
    case .information: "/.fusfs"
    case .informationFile(let file): "/.fusfs/\(file.rawValue)"
    case .model(let model): "/\(model)"
    case .region(let device): "/\(device)"
    case .latest(let device): "/\(device)/latest"
    case .release(let identity, _, _): identity.path
    case .file(let file): "\(file.release.identity.path)/\(file.name)"
    case .folder(let folder): "\(folder.release.identity.path)/\(folder.name)"
    case .inner(let inner): "\(inner.release.identity.path)/\(inner.pathName)"
    }
  }

  /// What tells it from another thing that has had or will have its path; nil where there is none.
  private var edition: String? {
    switch self {
    case .file(let file): file.release.edition
    case .folder(let folder): folder.release.edition
    case .inner(let inner): inner.release.edition
    case .release(_, _, let edition): edition == 0 ? nil : "\(edition)"
    case .root, .information, .informationFile, .model, .region, .latest: nil
    }
  }

  package static let rootInode: UInt64 = 1

  /// 63 bits of a digest, so that nobody who names a file can aim at another's number; the root has 1. The same for the same
  /// thing, now and in a later mount. Another package under the same names is another thing: of that the kernel has
  /// nothing yet.
  package var inode: UInt64 {
    if case .root = self { return Self.rootInode }
    let key = path + (edition.map { "\0\($0)" } ?? "")
    let number = MessageDigest.sha256(of: Array(key.utf8)).prefix(8).reduce(UInt64(0)) {
      $0 << 8 | UInt64($1)
    }
    return max(number & UInt64(Int64.max), Self.rootInode + 1)
  }
}

extension ReleaseIdentity {
  /// `/SM-A207F/SER/A207FXXU2CUI2/…`
  fileprivate var path: String { "/\(model)/\(region)/\(version)" }
}
