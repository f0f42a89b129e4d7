package import FirmwareFormats

/// A place inside a member that is a tar.
package struct InnerNode: Sendable {
  package enum Kind: Sendable {
    /// The tar's own directory, or one in it.
    case directory
    case view(TarEntry, EntryView)
  }

  package let release: Release
  package let inside: MemberInside
  /// In the tar, as it is shown: empty for the tar's own directory.
  package let path: [String]
  package let kind: Kind

  /// From the release's directory on: `AP/super/system.img`.
  package var pathName: String { ([inside.folder] + path).joined(separator: "/") }

  package var isDirectory: Bool {
    switch kind {
    case .directory, .view(_, .partitions): true
    case .view: false
    }
  }

  /// Whether the checksums of the member that it comes from were right, and those in itself were as far as they were met;
  /// nil where that is not known.
  var isVerified: Bool? {
    let isWrong = inside.knowledge.fact(.verified, ofEntry: path.joined(separator: "/")) != nil
    return isWrong ? false : inside.knowledge.isRight
  }

  func child(_ name: String, _ kind: Kind) -> InnerNode {
    InnerNode(release: release, inside: inside, path: path + [name], kind: kind)
  }
}
