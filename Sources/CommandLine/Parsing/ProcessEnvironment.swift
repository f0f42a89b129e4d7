import Glibc

/// What parsing needs to know of the process: a value, so that parsing is a pure function.
struct ProcessEnvironment: Sendable {
  /// `HOME`; nil if it is not an absolute path.
  let home: String?
  /// `XDG_CONFIG_HOME`; nil if it is not an absolute path.
  let configHome: String?
  /// `XDG_CACHE_HOME`; nil if it is not an absolute path.
  let cacheHome: String?
  let userID: UInt32
  /// The current directory, an absolute path.
  let directory: String
  /// The machine's, in whole mebibytes.
  let memory: ByteSize

  /// `variable` gives an environment variable's value.
  init(userID: UInt32, directory: String, memory: ByteSize, variable: (String) -> String?) {
    func path(_ name: String) -> String? {
      variable(name).flatMap { $0.utf8.first == UInt8(ascii: "/") ? $0 : nil }
    }
    let home = path("HOME")
    // What starts services at boot may give the superuser the root directory as home, or none.
    self.home = userID == 0 && home == "/" ? nil : home
    configHome = path("XDG_CONFIG_HOME")
    cacheHome = path("XDG_CACHE_HOME")
    self.userID = userID
    self.directory = directory
    self.memory = memory
  }

  /// Where the block cache is kept unless an option says otherwise; nil for an ordinary user without a home.
  var defaultCacheDirectory: PathName? {
    let path = cacheHome.map { $0 + "/fusfs" } ?? home.map { $0 + "/.cache/fusfs" }
    return (path ?? systemWide("/var/cache/fusfs")).flatMap { PathName($0, in: directory, home: home) }
  }

  /// The configuration file that is read if it exists; nil for an ordinary user without a home.
  var defaultConfigurationFile: PathName? {
    let path = configHome.map { $0 + "/fusfs/config.toml" } ?? home.map { $0 + "/.config/fusfs/config.toml" }
    return (path ?? systemWide("/etc/fusfs/config.toml")).flatMap { PathName($0, in: directory, home: home) }
  }

  private func systemWide(_ path: String) -> String? { userID == 0 ? path : nil }
}

extension ProcessEnvironment {
  /// This process's own.
  static func current() -> ProcessEnvironment {
    let directory = unsafe getcwd(nil, 0)
    defer { unsafe free(directory) }
    return ProcessEnvironment(
      userID: geteuid(), directory: unsafe directory.map { unsafe String(cString: $0) } ?? "/",
      memory: machineMemory,
      variable: { name in unsafe getenv(name).map { unsafe String(cString: $0) } })
  }

  /// The corresponding C function is `sysconf`; where it does not tell, what no machine has.
  private static var machineMemory: ByteSize {
    let (pages, pageSize) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
    guard pages > 0, pageSize > 0 else { return ByteSize(bytes: 1 << 40) }
    let mebibyte: UInt64 = 1 << 20
    return ByteSize(bytes: UInt64(pages) * UInt64(pageSize) / mebibyte * mebibyte)
  }
}
