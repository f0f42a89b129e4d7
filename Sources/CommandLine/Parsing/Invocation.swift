import FUSFSCore

/// What the command line asks for, checked and complete.
enum Invocation: Sendable, Equatable {
  case mount(MountOptions)
  case info(InfoOptions)
  case verify(VerifyOptions)
  case unmount(UnmountOptions)
  /// Text to print: help, the manual page, a completion script.
  case help(String)
  case version
}

/// What every verb that speaks to a server needs.
struct ClientOptions: Sendable, Equatable {
  var server: ServerSettings
  var cacheDirectory: PathName
  var cacheSize: ByteSize
  /// The most memory to use.
  var memory: ByteSize
  /// The most downloads at the same time.
  var connections: Int
  /// How long a read or a request may wait for the server.
  var readTimeout: Duration
  var isOffline: Bool
  var log: LogSettings
}

/// `fusfs MOUNTPOINT [options]`
struct MountOptions: Sendable, Equatable {
  var client: ClientOptions
  var mountpoint: PathName
  /// How long to believe which release is the latest.
  var latestTTL: Duration
  /// How far the tree goes inside packages.
  var expansion: Expansion
  var runsInForeground: Bool
  /// Words for libfuse's own `-o`, escaped as it expects: `fsname=…` and `subtype=…` are among them.
  var libfuseWords: [String]
}

/// `fusfs info MODEL CSC`
struct InfoOptions: Sendable, Equatable {
  var client: ClientOptions
  /// As given: not yet known to be well-formed.
  var model: String
  /// The CSC as given: not yet known to be well-formed.
  var region: String
  /// Whether to print what is inside the latest package.
  var showsMembers: Bool
  /// How many levels of it.
  var depth: Int
  var isJSON: Bool
}

/// `fusfs verify PATH`
struct VerifyOptions: Sendable, Equatable {
  var path: PathName
  var isJSON: Bool
}

/// `fusfs unmount MOUNTPOINT`
struct UnmountOptions: Sendable, Equatable {
  var mountpoint: PathName
  /// Whether to detach now and end later, instead of refusing while files are open.
  var isLazy: Bool
}
