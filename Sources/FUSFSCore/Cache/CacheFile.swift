import Glibc
import Primitives

/// Opens the cache's two files: makes them where there are none, and makes them anew where they are damaged.
struct CacheFile {
  let directory: CacheDirectory
  let log: Log

  /// What to write with, and which files it is of.
  struct Opened {
    let connection: SQLiteConnection
    let blocks: BlockFile
    let identity: CacheDirectory.FileIdentity
    /// Whether they were made just now, since there were none that could be used.
    let isNew: Bool
  }

  /// Why a connection could not be had.
  enum Problem: Error {
    /// The file must not be used: another's, or a newer program's.
    case refused(Failure)
    /// The disk or the system failed; it may mend.
    case unavailable(Failure)

    var failure: Failure {
      switch self {
      case .refused(let failure), .unavailable(let failure): failure
      }
    }
  }

  private enum State {
    case usable
    /// An earlier version's.
    case outdated(version: Int64)
    case empty
    case damaged(String)
    case refused(Failure)
  }

  /// The file ready to be written, with its tables.
  ///
  /// `damaged` is a file that seemed to be damaged while it was used: if it still lies there it is replaced. Where that
  /// is not certain, since a disk that fails may look so, all of it is looked at first.
  func open(
    replacing damaged: CacheDirectory.FileIdentity? = nil, isCertain: Bool = true
  ) throws(Problem) -> Opened {
    var refusal: Failure?
    do {
      try directory.restore()
      let opened: Opened? = try directory.locked { () throws(Failure) in
        do throws(Problem) {
          return try openLocked(replacing: damaged, isCertain)
        } catch {
          guard case .refused(let failure) = error else { throw error.failure }
          refusal = failure
          return nil
        }
      }
      if let opened { return opened }
    } catch {
      throw .unavailable(error)
    }
    throw .refused(refusal ?? Failure(.local, "The cache file cannot be opened."))
  }

  private func openLocked(
    replacing damaged: CacheDirectory.FileIdentity?, _ isCertain: Bool
  ) throws(Problem) -> Opened {
    let found: CacheDirectory.FileIdentity?
    do { found = try directory.checkFile() } catch { throw .refused(error) }
    if let found {
      do {
        let connection = try SQLiteConnection(path: directory.file, access: .readWrite)
        switch try Self.state(of: connection) {
        // What this version cannot read may be a newer one's.
        case .refused(let failure): throw Problem.refused(failure)
        case .usable where try found == damaged && (isCertain || !Self.isWhole(connection)):
          log.write(.warning, "The cache file \(directory.file) is damaged; it is made anew.")
        case .usable where found.blocks == nil:
          log.write(.warning, "The cache's blocks \(directory.blocks) are missing; it is made anew.")
        case .usable:
          try Self.configure(connection)
          return try opened(connection, found, isNew: false)
        case .outdated(let version):
          log.write(
            .info, "The cache file \(directory.file) has the old version \(version); it is made anew.")
        case .empty: break
        case .damaged(let what):
          log.write(.warning, "The cache file \(directory.file) is damaged (\(what)); it is made anew.")
        }
      } catch let error as SQLiteError {
        guard error.isDamage else { throw .unavailable(error.failure) }
        log.write(
          .warning, "The cache file \(directory.file) is damaged (\(error.message)); it is made anew.")
      } catch let error as Problem {
        throw error
      } catch {
        throw .unavailable(Failure(.local, "The cache file cannot be opened: \(error)."))
      }
    }
    do throws(Failure) {
      try directory.removeFile()
      try directory.createFile()
      guard let made = try directory.checkFile() else {
        throw Failure(.local, "The cache file has vanished.")
      }
      do throws(SQLiteError) {
        let connection = try SQLiteConnection(path: directory.file, access: .readWrite)
        try Self.makeTables(connection)
        return try opened(connection, made, isNew: true)
      } catch { throw error.failure }
    } catch { throw .unavailable(error) }
  }

  private func opened(
    _ connection: SQLiteConnection, _ identity: CacheDirectory.FileIdentity, isNew: Bool
  ) throws(SQLiteError) -> Opened {
    Opened(
      connection: connection, blocks: try BlockFile(path: directory.blocks, access: .readWrite),
      identity: identity, isNew: isNew)
  }

  /// The blocks, to be read.
  func blocks() throws(SQLiteError) -> BlockFile { try BlockFile(path: directory.blocks, access: .readOnly) }

  /// A connection to read with, without waiting for anybody.
  func reader() throws(SQLiteError) -> SQLiteConnection {
    let connection = try SQLiteConnection(path: directory.file, access: .readOnly)
    do {
      try connection.execute(Schema.readerSettings)
      _ = try connection.integer("SELECT count(*) FROM sqlite_schema")
      return connection
    } catch {
      guard !error.isDamage, !error.isBusy, !directory.isFileWritable else { throw error }
      let connection = try SQLiteConnection(path: directory.file, access: .immutable)
      try connection.execute(Schema.readerSettings)
      return connection
    }
  }

  /// Checks a file that is only read: it must be there, and ours.
  func checkReadable() throws(Failure) {
    guard try directory.checkFile() != nil else {
      throw Failure(.notFound, "There is no cache file \(directory.file).")
    }
    let state: State
    do { state = try Self.state(of: reader()) } catch { throw error.failure }
    switch state {
    case .usable: return
    case .outdated, .empty:
      throw Failure(.notFound, "The cache file \(directory.file) is an old one or empty.")
    case .refused(let failure): throw failure
    case .damaged(let what):
      throw Failure(.damaged, "The cache file \(directory.file) is damaged (\(what)).")
    }
  }

  /// Whether SQLite finds nothing wrong with any page.
  private static func isWhole(_ connection: SQLiteConnection) throws(SQLiteError) -> Bool {
    try connection.prepare("PRAGMA quick_check(1)").rows { $0.text(0) } == ["ok"]
  }

  /// Looks at what costs nothing: the header, the tables' texts, and that the file is as long as it says.
  private static func state(of connection: SQLiteConnection) throws(SQLiteError) -> State {
    let version = try connection.integer(Schema.readVersion) ?? 0
    let application = try connection.integer("PRAGMA application_id") ?? 0
    let texts = try connection.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").rows {
      $0.text(0)
    }
    if texts.isEmpty && version == 0 { return .empty }
    let isMade = Schema.isMade(of: Set(texts))
    guard application == Schema.applicationID else {
      return isMade
        ? .damaged("its application id is \(application)")
        : .refused(
          Failure(
            .invalid, "The cache file is a database of another program.",
            cure: "Name another directory with --cache-dir."))
    }
    if version > Schema.version && version <= Schema.absurdVersion {
      return .refused(
        Failure(
          .unsupported, "The cache file has version \(version), and this program knows \(Schema.version).",
          cure: "Use the newer program, or name another directory with --cache-dir."))
    }
    guard (1...Schema.version).contains(version) else { return .damaged("its version is \(version)") }
    guard version == Schema.version else { return .outdated(version: version) }
    return isMade ? .usable : .damaged("its tables are not as they were made")
  }

  private static func configure(_ connection: SQLiteConnection) throws(SQLiteError) {
    // The settings first: they keep the change of mode from waiting for the disk.
    try connection.execute(Schema.writerSettings)
    _ = try connection.integer("PRAGMA journal_mode = WAL")
  }

  private static func makeTables(_ connection: SQLiteConnection) throws(SQLiteError) {
    try connection.execute(Schema.fileSettings)
    try configure(connection)
    try connection.transaction { () throws(SQLiteError) in
      for statement in Schema.statements { try connection.execute(statement) }
      try connection.execute("PRAGMA application_id = \(Schema.applicationID)")
      try connection.execute("PRAGMA user_version = \(Schema.version)")
    }
  }
}
