import FUSFSCore
import FUSNet
import Primitives

/// All that options can say. The initial values are the defaults.
struct Settings: Sendable {
  var server = ServerSettings()
  /// What `protocol` can choose among.
  var profiles = ProfileTable()
  var cache = CacheSettings()
  var log = LogSettings()
  var connections = 8
  var memory = ByteSize(bytes: 256 << 20)
  var readTimeout = Duration.seconds(60)
  var latestTTL = Duration.seconds(3600)
  var isOffline = false
  var expansion = Expansion.full

  var runsInForeground = false
  var isJSON = false
  var showsMembers = false
  var depth = 64
  var isLazy = false
  var clearsPinned = false
  var configurationFile: PathName?
  var showsHelp = false
  var showsVersion = false
  var showsManual = false
  var completionShell: Shell?
}

/// Whom to ask, and how.
struct ServerSettings: Sendable, Equatable {
  var profile = Profile.smart
  var device: DeviceIdentity?
  var nature = BinaryNature.factory
  /// Where messages are posted to; nil for the protocol profile's own.
  var server: ServerURL?
  /// Where bytes are fetched from; nil for the protocol profile's own.
  var cdn: ServerURL?
  /// Where version lists are fetched from; nil for the protocol profile's own.
  var fota: ServerURL?
  /// Nil for what the usual environment variables say.
  var proxy: ProxyAddress?
  /// Certificate authorities that are trusted besides the system's.
  var authorities: PathName?
}

/// The block cache's directory and bound.
struct CacheSettings: Sendable, Equatable {
  var directory: PathName?
  var size = ByteSize(bytes: 10 << 30)
}

/// What is logged, and where besides the usual place.
struct LogSettings: Sendable, Equatable {
  var level = Log.Level.info
  /// Nil for standard error in the foreground and the system's log in the background.
  var file: PathName?
}
