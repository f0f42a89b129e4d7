/// What the program is asked to do. A row here, options that name it, and a case of `Invocation` make a new one.
///
/// The raw value is its words on the command line, of which mounting has none.
enum Verb: String, Sendable, CaseIterable {
  case mount = ""
  case info
  case fetch
  case verify
  case cacheStatus = "cache status"
  case cachePin = "cache pin"
  case cacheUnpin = "cache unpin"
  case cacheTrim = "cache trim"
  case cacheClear = "cache clear"
  case status
  case unmount

  /// The words on the command line; nil for mounting.
  var word: String? { self == .mount ? nil : rawValue }

  /// The same one by one.
  var words: [String] { rawValue.split(separator: " ").map(String.init) }

  /// Other words that people know it by.
  private var aliases: [String] { self == .unmount ? ["umount"] : [] }

  /// The verb that the first operands on the command line stand for.
  static func named(_ operands: [String]) -> Verb? {
    allCases.first { verb in
      guard let word = verb.word else { return false }
      return operands.starts(with: verb.words)
        || operands.first.map { $0 != word && verb.aliases.contains($0) } == true
    }
  }

  /// The verbs that begin with this word and go on with another.
  static func family(_ word: String) -> [Verb] {
    allCases.filter { $0.words.count > 1 && $0.words[0] == word }
  }

  /// The words that a command line can begin with, each once.
  static var firstWords: [String] {
    allCases.reduce(into: []) { words, verb in
      if let word = verb.words.first, !words.contains(word) { words.append(word) }
    }
  }

  /// Its forms, without options that all verbs have.
  var synopses: [String] {
    switch self {
    case .mount: ["fusfs MOUNTPOINT [options]", "fusfs SOURCE MOUNTPOINT -o WORD[=VALUE],…"]
    case .info: ["fusfs info MODEL CSC [options]"]
    case .fetch: ["fusfs fetch PATH|MODEL/CSC[/VERSION[/FILE]]… [options]"]
    case .verify: ["fusfs verify PATH [options]"]
    case .cacheStatus: ["fusfs cache status [options]"]
    case .cachePin: ["fusfs cache pin PATH|MODEL/CSC[/VERSION]|NAME [options]"]
    case .cacheUnpin: ["fusfs cache unpin PATH|MODEL/CSC[/VERSION]|NAME [options]"]
    case .cacheTrim: ["fusfs cache trim [SIZE] [options]"]
    case .cacheClear: ["fusfs cache clear [options]"]
    case .status: ["fusfs status [MOUNTPOINT] [options]"]
    case .unmount: ["fusfs unmount MOUNTPOINT [options]"]
    }
  }

  /// One line, without a full stop.
  var summary: String {
    switch self {
    case .mount: "show firmware as files under a directory"
    case .info: "print the releases of a model in a region"
    case .fetch: "fill the cache, for later and for --offline"
    case .verify: "check a file, or all in a directory, with their checksums"
    case .cacheStatus: "print what is cached"
    case .cachePin: "keep a package, however full the cache is"
    case .cacheUnpin: "let a package be evicted again"
    case .cacheTrim: "make the cache smaller"
    case .cacheClear: "empty the cache"
    case .status: "show what mounts are doing"
    case .unmount: "end a mount"
    }
  }

  /// Whether options from the configuration file mean anything to it.
  var readsConfiguration: Bool {
    switch self {
    case .mount, .info, .fetch, .cacheStatus, .cachePin, .cacheUnpin, .cacheTrim, .cacheClear: true
    case .verify, .status, .unmount: false
    }
  }

  /// What may follow its words.
  struct Operands {
    /// Those that must be there, as messages call them.
    var required: [String] = []
    /// How many more there may be.
    var further = 0
  }

  var operands: Operands {
    switch self {
    case .mount, .unmount: Operands(required: ["MOUNTPOINT"])
    case .info: Operands(required: ["MODEL", "CSC"])
    case .fetch: Operands(required: ["PATH or MODEL/CSC"], further: .max)
    case .verify: Operands(required: ["PATH"])
    case .cachePin, .cacheUnpin: Operands(required: ["PATH, MODEL/CSC or NAME"])
    case .cacheStatus, .cacheClear: Operands()
    case .cacheTrim, .status: Operands(further: 1)
    }
  }
}
