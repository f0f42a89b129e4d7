package import Primitives

/// The releases that a server knows for one model and region.
package struct ReleaseHistory: Sendable, Equatable {
  package struct Release: Sendable, Equatable {
    package internal(set) var version: FirmwareVersion
    /// Grows from release to release, if the source tells it.
    var sequence: Int?
    var index: Int?
    /// Seconds since 1970, UTC.
    package internal(set) var openDate: Int64?
    /// `V(Android 15)`; empty if it is not told.
    package internal(set) var osName: String
    var androidMajor: Int?
    /// The model's name in the shops; empty if it is not told.
    package internal(set) var displayName: String
    /// The packages that exist; empty if it is not told.
    package internal(set) var natures: Set<BinaryNature>
    /// The server's state of the release, a small number; empty if it is not told.
    var status: String

    /// A release for testers, never the latest one.
    package var isBeta: Bool { index == 90 }
  }

  /// The newest first.
  package let releases: [Release]

  /// The newest release that is not for testers.
  package var latest: Release? { releases.first { !$0.isBeta } }

  /// Parses a reply as it came, or as it was kept.
  package init(reply: [UInt8], source: Profile.HistorySource) throws(Failure) {
    switch source {
    case .smartHistory: releases = try Self.smartReleases(reply)
    case .versionList: releases = try Self.versionListReleases(reply)
    }
  }
}
