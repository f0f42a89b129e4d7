import FUSFSCore

/// What the command line asks for, checked and complete.
enum Invocation: Sendable, Equatable {
  case mount(MountOptions)
  case info(InfoOptions)
  case fetch(FetchOptions)
  case verify(VerifyOptions)
  case cache(CacheOptions)
  case status(StatusOptions)
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

/// A word that may name a file, or something else.
struct Place: Sendable, Equatable {
  /// As given.
  var text: String
  /// The path that it is if it is one.
  var path: PathName
}

/// `fusfs fetch PATH|MODEL/CSC[/VERSION[/FILE]]…`
struct FetchOptions: Sendable, Equatable {
  var client: ClientOptions
  /// What to fetch, not yet known to be well-formed; at least one.
  var places: [Place]
  var isJSON: Bool
}

/// `fusfs cache status|pin|unpin|trim|clear`
struct CacheOptions: Sendable, Equatable {
  enum Action: Sendable, Equatable {
    case status
    case pin(Place)
    case unpin(Place)
    /// Nil for the cache's own limit.
    case trim(ByteSize?)
    case clear(pinned: Bool)
  }

  var client: ClientOptions
  var action: Action
  var isJSON: Bool
}

/// `fusfs status [MOUNTPOINT]`
struct StatusOptions: Sendable, Equatable {
  /// Nil for all mounts of this user.
  var mountpoint: PathName?
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
