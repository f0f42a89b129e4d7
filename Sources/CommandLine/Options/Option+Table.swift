import FUSNet

extension Option {
  /// The verbs that speak to a server and use the cache.
  private static let clients: Set<Verb> = [.mount, .info, .fetch, .cachePin, .cacheUnpin]
  /// The verbs that use the cache.
  private static let cacheUsers = clients.union([.cacheStatus, .cacheTrim, .cacheClear])
  private static let everyVerb = Set(Verb.allCases)

  /// Every option, in the order of help.
  static let table: [Option] = mounting + cache + server + output + general

  static func named(_ name: String) -> Option? { table.first { $0.name == name } }

  static func named(_ short: Character) -> Option? { table.first { $0.short == short } }

  private static let mounting = [
    Option(
      "foreground", short: "f", .mounting, .flag(\.runsInForeground), verbs: [.mount], places: .commandLine,
      help: "stay in the foreground and log to standard error"),
    Option(
      "o", short: "o", .mounting, .mountWords, verbs: [.mount], places: .commandLine,
      help: "options as mount(8) gives them; can be repeated"),
    Option(
      "latest-ttl", .mounting, .duration(.seconds(1)...(.seconds(30 * 86_400)), \.latestTTL), verbs: [.mount],
      help: "how long to believe which release is the latest"),
    Option(
      "expand", .mounting, .choice(Choice(\.expansion)), verbs: [.mount],
      help: "how far to look inside packages: full, only what is known already, or not at all"),
    Option(
      "lazy", .mounting, .flag(\.isLazy), verbs: [.unmount], places: .commandLine,
      help: "detach now, and end when the last open file is closed"),
  ]

  private static let cache = [
    Option(
      "cache-dir", .cache, .path("DIR", \.cache.directory), verbs: cacheUsers, defaultWords: "~/.cache/fusfs",
      help: "directory of the block cache"),
    Option(
      "cache-size", .cache,
      .size(ByteSize(bytes: 1 << 20)...ByteSize(bytes: 1 << 50), \.cache.size), verbs: cacheUsers,
      help:
        "most bytes that the block cache may hold on disk; a log of some 24M comes beside it while mounted"),
    Option(
      "memory", .cache, .memory(least: MemoryPlan.least, \.memory), verbs: clients,
      help: "about how much memory to use"),
    Option(
      "offline", .cache, .flag(\.isOffline), verbs: clients,
      help: "ask no server: show and read only what is cached"),
    Option(
      "force", .cache, .flag(\.clearsPinned), verbs: [.cacheClear], places: .commandLine,
      help: "evict what is pinned too"),
  ]

  private static let server = [
    Option(
      "protocol", .server, .profile(\.server.profile), verbs: clients,
      defaultWords: ProfileTable.automaticName,
      help: "protocol profile to speak, built in or from the configuration file; auto is \(Profile.smart)"),
    Option(
      "imei", .server, .device(\.server.device), verbs: clients, isSecret: true,
      help: "IMEI or serial number, which kies2 and kies3 need; best kept in the configuration file"),
    Option(
      "nature", .server, .choice(Choice(\.server.nature)), verbs: clients,
      help: "which package: factory wipes a device, home keeps its data"),
    Option(
      "connections", .server, .number(1...64, \.connections), verbs: clients,
      help: "most downloads at the same time"),
    Option(
      "read-timeout", .server, .duration(.seconds(1)...(.seconds(3600)), \.readTimeout), verbs: clients,
      help: "how long a read or a request may wait for the server"),
    Option(
      "server-url", .server, .address(\.server.server), verbs: clients,
      defaultWords: "the protocol profile's",
      help: "server that answers messages"),
    Option(
      "cdn-url", .server, .address(\.server.cdn), verbs: clients, defaultWords: "the protocol profile's",
      help: "server that holds the packages"),
    Option(
      "fota-url", .server, .address(\.server.fota), verbs: clients, defaultWords: "the protocol profile's",
      help: "server that holds the version lists"),
    Option(
      "proxy", .server, .proxy(\.server.proxy), verbs: clients, defaultWords: "the environment's",
      isSecret: true,
      help: "proxy for all requests"),
    Option(
      "ca-file", .server, .path("FILE", \.server.authorities), verbs: clients,
      defaultWords: "the system's alone",
      help: "certificate authorities to trust besides the system's, such as a firewall's; PEM"),
  ]

  private static let output = [
    Option(
      "members", .output, .flag(\.showsMembers), verbs: [.info], places: .commandLine,
      help: "print all that is inside the latest package, with sizes"),
    Option(
      "depth", .output, .number(1...64, \.depth), verbs: [.info], places: .commandLine,
      companion: "members", help: "how many levels of --members to print"),
    Option(
      "json", .output, .flag(\.isJSON),
      verbs: [
        .info, .fetch, .verify, .cacheStatus, .cachePin, .cacheUnpin, .cacheTrim, .cacheClear, .status,
      ], places: .commandLine, help: "print JSON"),
    Option(
      "log-level", .output, .choice(Choice(\.log.level)), verbs: cacheUsers,
      help: "the least grave lines to log"),
    Option(
      "log-file", .output, .path("FILE", \.log.file), verbs: cacheUsers,
      defaultWords: "the system's log; standard error with -f",
      help: "file to append the log to"),
  ]

  private static let general = [
    Option(
      "config", .general, .path("FILE", \.configurationFile), verbs: cacheUsers, places: .arguments,
      defaultWords: "~/.config/fusfs/config.toml", help: "configuration file"),
    Option(
      "man", .general, .flag(\.showsManual), verbs: [.mount], places: .commandLine,
      help: "print the manual page for man(1)"),
    Option(
      "completion", .general, .choice(Choice(\.completionShell)), verbs: [.mount], places: .commandLine,
      help: "print the completion script of a shell"),
    Option(
      "help", short: "h", .general, .flag(\.showsHelp), verbs: everyVerb, places: .commandLine,
      help: "print help, also for one command"),
    Option(
      "version", short: "V", .general, .flag(\.showsVersion), verbs: everyVerb, places: .commandLine,
      help: "print the version"),
  ]
}
