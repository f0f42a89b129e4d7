package import FUSNet

/// What `fusfs info` tells about a model in a region. Its JSON form is this type's, with keys named like these.
struct ReleaseSummary: Sendable, Equatable, Encodable {
  var model: String
  var region: String
  /// The name that the device is sold under, if the server says it.
  var displayName: String?
  /// The newest release that is not a beta; nil if there is none.
  var latest: Latest?
  /// Every release that the server lists, newest first.
  var history: [Row]

  /// The newest release and its package.
  struct Latest: Sendable, Equatable, Encodable {
    /// The four parts PDA/CSC/PHONE/DATA.
    var version: String
    /// The package's name on the server; nil if the server was not asked for it.
    var binaryName: String?
    /// The package's size in bytes, as served.
    var size: UInt64?
    /// The names of the ZIP's members.
    var members: [String]
  }

  /// One release of the history.
  struct Row: Sendable, Equatable, Encodable {
    /// The four parts PDA/CSC/PHONE/DATA.
    var version: String
    /// The operating system as the server names it, such as `V(Android 15)`.
    var osName: String?
    /// The day or moment it was opened, as the server writes it.
    var date: String?
    /// Which packages there are of it.
    var natures: [BinaryNature]
    var isBeta: Bool
  }
}

extension BinaryNature: Encodable {
  /// The word that options and tables have for it.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
