import Primitives

// What was parsed, complete.
extension InvocationParser {
  func invocation(
    _ verb: Verb, _ operands: ArraySlice<String>, _ settings: Settings, _ libfuseWords: [String]
  ) throws(Failure) -> Invocation {
    let first = operands.startIndex
    switch verb {
    case .mount:
      let source = operands.count > 1 ? operands[first] : nil
      return .mount(
        MountOptions(
          client: try client(settings), mountpoint: try mountpoint(operands[operands.endIndex - 1]),
          latestTTL: settings.latestTTL, expansion: settings.expansion,
          runsInForeground: settings.runsInForeground,
          libfuseWords: complete(libfuseWords, source: source)))
    case .info:
      return .info(
        InfoOptions(
          client: try client(settings), model: operands[first], region: operands[first + 1],
          showsMembers: settings.showsMembers, depth: settings.depth, isJSON: settings.isJSON))
    case .fetch:
      var places: [Place] = []
      for operand in operands { places.append(try place(operand, "PATH or MODEL/CSC")) }
      return .fetch(FetchOptions(client: try client(settings), places: places, isJSON: settings.isJSON))
    case .cacheStatus, .cachePin, .cacheUnpin, .cacheTrim, .cacheClear:
      return .cache(
        CacheOptions(
          client: try client(settings), action: try cacheAction(verb, operands, settings),
          isJSON: settings.isJSON))
    case .status:
      return .status(
        StatusOptions(
          mountpoint: try operands.first.map { (text) throws(Failure) in try mountpoint(text) },
          isJSON: settings.isJSON))
    case .verify:
      return .verify(VerifyOptions(path: try file(operands[first]), isJSON: settings.isJSON))
    case .unmount:
      return .unmount(UnmountOptions(mountpoint: try mountpoint(operands[first]), isLazy: settings.isLazy))
    }
  }

  private func cacheAction(
    _ verb: Verb, _ operands: ArraySlice<String>, _ settings: Settings
  ) throws(Failure) -> CacheOptions.Action {
    switch verb {
    case .cachePin: return .pin(try place(operands[operands.startIndex], "PATH, MODEL/CSC or NAME"))
    case .cacheUnpin: return .unpin(try place(operands[operands.startIndex], "PATH, MODEL/CSC or NAME"))
    case .cacheTrim: return .trim(try operands.first.map { (text) throws(Failure) in try trimSize(text) })
    case .cacheClear: return .clear(pinned: settings.clearsPinned)
    default: return .status
    }
  }

  private func trimSize(_ text: String) throws(Failure) -> ByteSize {
    let largest = ByteSize(bytes: 1 << 50)
    guard let size = ByteSize(parsing: text), size <= largest else {
      throw Failure(
        .invalid,
        "SIZE expects a size from 0 to \(largest.argument), in bytes or with K, M, G or T, not “\(printable(text))”."
      )
    }
    return size
  }

  private func place(_ text: String, _ name: String) throws(Failure) -> Place {
    guard let path = PathName(text, in: environment.directory, home: nil) else {
      throw Failure(.invalid, "\(name) is expected, not “\(printable(text))”.")
    }
    return Place(text: text, path: path)
  }

  private func client(_ settings: Settings) throws(Failure) -> ClientOptions {
    guard let directory = settings.cache.directory ?? environment.defaultCacheDirectory else {
      throw Failure(
        .invalid, "There is no home directory to keep the cache in.", cure: "Give --cache-dir DIR.")
    }
    return ClientOptions(
      server: settings.server, cacheDirectory: directory, cacheSize: settings.cache.size,
      memory: settings.memory, connections: settings.connections, readTimeout: settings.readTimeout,
      isOffline: settings.isOffline, log: settings.log)
  }

  private func mountpoint(_ text: String) throws(Failure) -> PathName {
    guard let path = PathName(text, in: environment.directory, home: nil) else {
      throw Failure(.invalid, "MOUNTPOINT expects a directory, not “\(printable(text))”.")
    }
    return path
  }

  private func file(_ text: String) throws(Failure) -> PathName {
    guard let path = PathName(text, in: environment.directory, home: nil) else {
      throw Failure(.invalid, "PATH expects a file, not “\(printable(text))”.")
    }
    return path
  }

  /// Adds the names that a person has not given.
  private func complete(_ words: [String], source: String?) -> [String] {
    var words = words
    if !words.contains(where: { $0.hasPrefix("fsname=") }) {
      let name = source.flatMap { $0.isEmpty || $0 == "none" ? nil : $0 } ?? "fusfs"
      words.append("fsname=" + MountWords.escaped(name))
    }
    if !words.contains(where: { $0.hasPrefix("subtype=") }) { words.append("subtype=fusfs") }
    return words
  }
}
