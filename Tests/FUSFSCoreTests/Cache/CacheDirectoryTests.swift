import Glibc
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

@Suite(.timeLimit(.minutes(10))) struct CacheDirectoryTests {
  private func openFails(_ folder: TemporaryDirectory, _ code: Failure.Code, _ word: String) {
    do {
      try BlockCache.test(folder).close()
      Issue.record("opened")
    } catch let failure as Failure {
      #expect(failure.code == code)
      #expect(failure.description.contains(word), "\(failure)")
    } catch {
      Issue.record("\(error)")
    }
  }

  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return unsafe lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  @Test func itIsMadeForUsAlone() throws {
    let folder = TemporaryDirectory()
    let path = folder.cache + "/a"
    let cache = try BlockCache.open(directory: path + "//", limit: 1 << 30, log: Log())
    #expect(mode(folder.cache) == 0o700)
    #expect(mode(path) == 0o700)
    for name in fileNames(in: path) { #expect(mode(path + "/" + name) == 0o600, "\(name)") }
    cache.close()
  }

  @Test func aSymbolicLinkIsRefused() throws {
    let folder = TemporaryDirectory()
    _ = unsafe mkdir(folder.path + "/real", 0o700)
    _ = unsafe symlink(folder.path + "/real", folder.cache)
    openFails(folder, .accessDenied, "symbolic link")
  }

  @Test func aDirectoryInOneThatEverybodyCanWriteIsRefused() throws {
    let folder = TemporaryDirectory()
    let open = folder.path + "/open"
    _ = unsafe mkdir(open, 0o700)
    _ = unsafe chmod(open, 0o777)
    for path in [open + "/cache", open + "/a/b"] {
      let failure = #expect(throws: Failure.self) {
        try BlockCache.open(directory: path, limit: 1 << 30, log: Log())
      }
      #expect(failure?.code == .accessDenied)
      #expect(failure?.cause.contains("lies in \(open), where everybody") == true)
    }
    #expect(fileNames(in: open).isEmpty)
    _ = unsafe chmod(open, 0o1777)
    try BlockCache.open(directory: open + "/cache", limit: 1 << 30, log: Log()).close()
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give a directory to another user"))
  func aDirectoryThatAnotherUserCanReplaceIsRefused() throws {
    let folder = TemporaryDirectory()
    let theirs = folder.path + "/theirs"
    _ = unsafe mkdir(theirs, 0o755)
    _ = unsafe mkdir(theirs + "/cache", 0o700)
    _ = unsafe symlink(folder.path, theirs + "/link")
    _ = unsafe symlink(folder.path, folder.path + "/link")
    _ = unsafe chown(theirs, 12345, 12345)
    _ = unsafe lchown(folder.path + "/link", 12345, 12345)
    for path in [theirs + "/cache", theirs + "/link/cache", folder.path + "/link/cache"] {
      let failure = #expect(throws: Failure.self) {
        try BlockCache.open(directory: path, limit: 1 << 30, log: Log())
      }
      #expect(failure?.code == .accessDenied)
      #expect(failure?.cause.contains("belongs to another user (12345)") == true)
    }
    #expect(fileNames(in: folder.path).sorted() == ["link", "theirs"])
  }

  @Test func aLinkOnTheWayIsFollowedWhereItIsOurs() throws {
    let folder = TemporaryDirectory()
    _ = unsafe mkdir(folder.path + "/real", 0o700)
    _ = unsafe symlink("real", folder.path + "/link")
    let cache = try BlockCache.open(directory: folder.path + "/link/cache", limit: 1 << 30, log: Log())
    defer { cache.close() }
    #expect(cache.directory.hasSuffix("/real/cache"))
    #expect(fileNames(in: folder.path + "/real") == ["cache"])
  }

  @Test func aFileInPlaceOfTheDirectoryIsRefused() throws {
    let folder = TemporaryDirectory()
    try writeFile(folder.cache, [1])
    openFails(folder, .notDirectory, "not a directory")
  }

  @Test(arguments: [mode_t(0o770), 0o707, 0o777])
  func aDirectoryThatOthersCanWriteIsRefused(mode: mode_t) throws {
    let folder = TemporaryDirectory()
    _ = unsafe mkdir(folder.cache, 0o700)
    _ = unsafe chmod(folder.cache, mode)
    openFails(folder, .accessDenied, "chmod go-w")
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give a directory to another user"))
  func aDirectoryOfAnotherUserIsRefused() throws {
    let folder = TemporaryDirectory()
    _ = unsafe mkdir(folder.cache, 0o700)
    _ = unsafe chown(folder.cache, 12345, 12345)
    openFails(folder, .accessDenied, "another user")
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give a file to another user"))
  func aFileOfAnotherUserIsRefused() throws {
    let folder = TemporaryDirectory()
    try BlockCache.test(folder).close()
    _ = unsafe chown(folder.file, 12345, 12345)
    openFails(folder, .accessDenied, "another user")
  }

  @Test func aFileThatOthersCanWriteIsRefused() throws {
    let folder = TemporaryDirectory()
    try BlockCache.test(folder).close()
    _ = unsafe chmod(folder.file, 0o620)
    openFails(folder, .accessDenied, "written by other users")
  }

  @Test func aLinkInPlaceOfTheFileIsRefused() throws {
    let folder = TemporaryDirectory()
    try BlockCache.test(folder).close()
    _ = unsafe rename(folder.file, folder.path + "/elsewhere")
    _ = unsafe symlink(folder.path + "/elsewhere", folder.file)
    openFails(folder, .accessDenied, "not a regular file")
  }

  @Test func aDirectoryInPlaceOfTheFileIsRefused() throws {
    let folder = TemporaryDirectory()
    _ = unsafe mkdir(folder.cache, 0o700)
    _ = unsafe mkdir(folder.file, 0o700)
    openFails(folder, .accessDenied, "not a regular file")
  }

  @Test func aNameThatIsNoneIsRefused() {
    for name in ["", "/dev/null", "/proc/nowhere/a", "a\0b"] {
      #expect(throws: Failure.self) { try BlockCache.open(directory: name, limit: 1, log: Log()) }
    }
  }

  @Test func aNewerVersionIsRefused() throws {
    let folder = TemporaryDirectory()
    try BlockCache.test(folder).close()
    let raw = try SQLiteConnection(path: folder.file, access: .readWrite)
    try raw.execute("PRAGMA user_version = \(Schema.version + 1)")
    openFails(folder, .unsupported, "version \(Schema.version + 1)")
    #expect(throws: Failure.self) { try BlockCache.test(folder, access: .readOnly) }
    try raw.execute("PRAGMA user_version = \(Schema.version)")
    try BlockCache.test(folder).close()
  }

  @Test func aDatabaseOfAnotherProgramIsRefused() throws {
    let folder = TemporaryDirectory()
    _ = unsafe mkdir(folder.cache, 0o700)
    try writeFile(folder.file, [])
    let raw = try SQLiteConnection(path: folder.file, access: .readWrite)
    try raw.execute("CREATE TABLE photos(x); INSERT INTO photos VALUES(1)")
    openFails(folder, .invalid, "another program")
    #expect(try raw.integer("SELECT x FROM photos") == 1)
  }
}
