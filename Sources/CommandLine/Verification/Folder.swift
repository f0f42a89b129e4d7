import Glibc
import Primitives

/// A directory of the system. Its failures call it “it”: whoever tells them names it.
enum Folder {
  enum Kind: Sendable {
    case directory, file
    /// A link, a device, a pipe.
    case other
  }

  /// What tells a file from all others, whatever paths lead to it.
  struct Identity: Hashable {
    let device: dev_t
    let inode: ino_t
  }

  /// The names in the directory, in its own order; `.` and `..` left out. The corresponding C function is `readdir`.
  static func names(in path: String) throws(Failure) -> [String] {
    guard let stream = unsafe opendir(path) else {
      throw Failure.system("It cannot be listed", errno: errno)
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        guard errno == 0 else { throw Failure.system("It cannot be listed to its end", errno: errno) }
        return names
      }
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
  }

  /// What is at the path; throws where there is nothing. The corresponding C functions are `stat` and `lstat`.
  static func look(
    at path: String, followingLinks: Bool, calling subject: String = "It"
  ) throws(Failure) -> (kind: Kind, identity: Identity) {
    var status = stat()
    guard unsafe (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else {
      throw Failure.system("\(subject) cannot be looked at", errno: errno)
    }
    let kind: Kind =
      switch status.st_mode & S_IFMT {
      case S_IFDIR: .directory
      case S_IFREG: .file
      default: .other
      }
    return (kind, Identity(device: status.st_dev, inode: status.st_ino))
  }

  /// The path without symbolic links; nil where nothing is. The corresponding C function is `realpath`.
  static func resolved(_ path: String) -> String? {
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}
