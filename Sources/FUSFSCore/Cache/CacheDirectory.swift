import Glibc
import Primitives

/// The directory that holds the cache: refused where it is another's, others can write it, or put another in its place.
///
/// As it is made:
///
/// ```
/// DIRECTORY/            0700
///   blocks.sqlite       0600, what is cached and where; with -wal and -shm beside it while in use
///   blocks.data         0600, the blocks' bytes, see BlockFile
///   lock                0600, held while the file is opened, made or replaced
///   turn                0600, held by the process that writes next, see WriteTurn
/// ```
struct CacheDirectory {
  /// Tells the two files from others that have taken their place.
  struct FileIdentity: Equatable {
    let device: UInt64
    let database: UInt64
    /// Nil if it is missing.
    let blocks: UInt64?
  }

  /// Whoever opens the file holds the lock for some milliseconds.
  private static let lockAttempts = 500
  private static let lockPause: Int32 = 10

  /// Absolute, without symbolic links.
  let path: String

  var file: String { path + "/blocks.sqlite" }
  var blocks: String { path + "/blocks.data" }
  var turn: String { path + "/turn" }

  /// Checks the directory, or makes it with those above it that are missing.
  init(_ directory: String, create: Bool) throws(Failure) {
    guard !directory.isEmpty, !directory.utf8.contains(0) else {
      throw Failure(.invalid, "The cache directory's name is empty or holds a NUL.")
    }
    let directory = Self.withoutTrailingSlashes(directory)
    if create { try Self.makeDirectories(try Self.trusted(directory)) }
    path = try Self.trusted(directory)
    try Self.check(path)
  }

  /// The directory's own path, on whose way nobody else can change anything.
  private static func trusted(_ directory: String) throws(Failure) -> String {
    try TrustedPath.resolve(
      directory, for: geteuid(), making: true, what: "The cache directory \(directory)",
      cure: anotherDirectory)
  }

  private static let anotherDirectory = "Name a directory of your own with --cache-dir."

  /// Makes the directory again if it has been removed.
  func restore() throws(Failure) {
    try checkWay()
    try Self.makeDirectories(path)
    try checkWay()
    try Self.check(path)
  }

  /// The way to it may have been made anew since it was resolved, by whomever.
  private func checkWay() throws(Failure) {
    guard try Self.trusted(path) == path else {
      throw Failure(
        .accessDenied, "A symbolic link has been put on the way to the cache directory \(path).",
        cure: Self.anotherDirectory)
    }
  }

  private static func check(_ directory: String) throws(Failure) {
    let status = try status(of: directory, what: "The cache directory \(directory)")
    switch status.st_mode & S_IFMT {
    case S_IFDIR: break
    case S_IFLNK:
      throw Failure(
        .accessDenied, "The cache directory \(directory) is a symbolic link.",
        cure: "Name the directory itself with --cache-dir.")
    default: throw Failure(.notDirectory, "The cache directory \(directory) is not a directory.")
    }
    try checkOwner(status, what: "The cache directory \(directory)")
  }

  /// Which files lie there, after the same checks as for the directory; nil if there is no database.
  func checkFile() throws(Failure) -> FileIdentity? {
    guard let database = try Self.checkFile(file) else { return nil }
    return FileIdentity(
      device: UInt64(database.st_dev), database: UInt64(database.st_ino),
      blocks: try Self.checkFile(blocks).map { UInt64($0.st_ino) })
  }

  private static func checkFile(_ path: String) throws(Failure) -> stat? {
    guard let status = try statusIfPresent(of: path, what: "The cache file \(path)") else { return nil }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Failure(
        .accessDenied, "The cache file \(path) is not a regular file.",
        cure: "Remove it, or name another directory with --cache-dir.")
    }
    try checkOwner(status, what: "The cache file \(path)")
    return status
  }

  /// Whether the system lets us write the database: if it cannot be written then, its header is damaged.
  var isFileWritable: Bool { unsafe access(file, W_OK) == 0 }

  /// Makes both files, empty, so that only we can read them.
  func createFile() throws(Failure) {
    for path in [blocks, file] {
      let descriptor = unsafe open(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw .system("The cache file \(path) cannot be made", errno: errno) }
      close(descriptor)
    }
  }

  /// Removes both files and what SQLite keeps beside its own. Who has them open goes on with what he has.
  func removeFile() throws(Failure) {
    for path in [file, file + "-wal", file + "-shm", blocks] {
      if unsafe unlink(path) != 0, errno != ENOENT {
        throw .system("The damaged cache file \(path) cannot be removed", errno: errno)
      }
    }
  }

  /// Bytes that the files and the log take on the disk; 0 for what is not there.
  var fileBytes: UInt64 {
    [file, file + "-wal", blocks].reduce(0) { sum, path in
      var status = stat()
      guard unsafe lstat(path, &status) == 0 else { return sum }
      // The file of blocks has holes. The unit is 512 bytes, whatever the file system's is.
      return sum + UInt64(max(0, status.st_blocks)) * 512
    }
  }

  /// Runs the body while no other process opens, makes or replaces the file.
  func locked<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let lock = path + "/lock"
    let descriptor = unsafe open(lock, O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system("The lock \(lock) cannot be opened", errno: errno) }
    defer { close(descriptor) }
    for attempt in 1... {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { break }
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw .system("The lock \(lock) cannot be taken", errno: errno)
      }
      guard attempt < Self.lockAttempts else {
        throw Failure(.local, "Another process holds the lock \(lock).")
      }
      poll(nil, 0, Self.lockPause)
    }
    return try body()
  }

  private static func withoutTrailingSlashes(_ path: String) -> String {
    var bytes = Array(path.utf8)
    while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func makeDirectories(_ path: String) throws(Failure) {
    if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash > path.startIndex
    else {
      throw .system("The cache directory \(path) cannot be made", errno: errno)
    }
    try makeDirectories(withoutTrailingSlashes(String(path[..<slash])))
    if unsafe mkdir(path, 0o700) != 0, errno != EEXIST {
      throw .system("The cache directory \(path) cannot be made", errno: errno)
    }
  }

  private static func status(of path: String, what: String) throws(Failure) -> stat {
    guard let status = try statusIfPresent(of: path, what: what) else { throw .system(what, errno: ENOENT) }
    return status
  }

  private static func statusIfPresent(of path: String, what: String) throws(Failure) -> stat? {
    var status = stat()
    if unsafe lstat(path, &status) == 0 { return status }
    guard errno == ENOENT else { throw .system(what, errno: errno) }
    return nil
  }

  private static func checkOwner(_ status: stat, what: String) throws(Failure) {
    guard status.st_uid == geteuid() else {
      throw Failure(
        .accessDenied, "\(what) belongs to another user (\(status.st_uid)).", cure: anotherDirectory)
    }
    guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
      // Such as /tmp, which is to stay everybody's.
      let isShared = status.st_mode & S_ISVTX != 0
      throw Failure(
        .accessDenied, "\(what) can be written by other users.",
        cure: isShared ? anotherDirectory : "Run chmod go-w on it.")
    }
  }
}
