/// What a mount tells of itself in `.fusfs/status.json`, whose keys are named like these: `cache.block_bytes`.
package struct MountStatus: Codable, Sendable, Equatable {
  package let version: String
  /// The id of the process that serves the mount; mounts of earlier versions do not tell it.
  package let process: Int32?
  package let uptimeSeconds: Int64
  package let offline: Bool
  package let cache: Cache
  package let fetching: Fetching
  /// What the servers are asked besides bytes; mounts of earlier versions do not tell it.
  package let messages: [Message]?
  package let releases: [OpenRelease]
  /// Mounts of earlier versions do not tell them.
  package let failures: [FailureJournal.Entry]?

  package struct Cache: Codable, Sendable, Equatable {
    package let directory: String
    package let blockBytes: UInt64
    package let indexBytes: UInt64
    package let fileBytes: UInt64
    package let limitBytes: UInt64
    package let pinnedBytes: UInt64
    package let waitingBytes: Int
  }

  package struct Fetching: Codable, Sendable, Equatable {
    package let downloads: Int
    package let blocksUnderWay: Int
    package let waitingReads: Int
    package let memoryBytes: Int
    /// Mounts of earlier versions tell none of what follows.
    package let connections: Int?
    package let retries: Int?
    /// Until downloads may begin again, where the server asked for a pause.
    package let coolDownSeconds: Double?
    /// Of the read that has waited longest.
    package let longestWaitSeconds: Double?
    package let requests: [Request]?
  }

  /// A range that was asked for and has not come to its end.
  package struct Request: Codable, Sendable, Equatable {
    package let file: String
    package let offset: UInt64
    package let bytes: UInt64
    package let receivedBytes: Int
    package let seconds: Double
    package let renewals: Int
  }

  /// A message that has brought no answer yet that can be used.
  package struct Message: Codable, Sendable, Equatable {
    package let name: String
    package let host: String
    package let seconds: Double
    package let retries: Int
  }

  package struct OpenRelease: Codable, Sendable, Equatable {
    package let model: String
    package let region: String
    package let version: String
    package let binaryName: String
    package let size: UInt64
    package let cachedBytes: UInt64
  }

  /// Where it stands below the mount point.
  package static let path = ".fusfs/status.json"
}

extension MountStatus {
  package init(json: [UInt8]) throws { self = try JSON.decoded(MountStatus.self, from: json) }
}
