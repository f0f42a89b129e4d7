import Glibc

/// A path on whose way no other user can put something else in place of what lies there.
///
/// ```
///   /          root  755
///   tmp        root 1777    everybody may write, but its sticky bit leaves each name to its owner
///   mine       me    700
///   cache                   what the last name is its caller looks at
/// ```
/// A directory on the way must belong to the user or to the superuser, and not everybody may write in it unless it is
/// sticky. A symbolic link on the way is followed where it belongs to one of the two. The superuser is here also
/// whoever has the root directory, which a user namespace can give to somebody else. Members of a group that the owner
/// of a directory lets write are trusted, as he does.
package enum TrustedPath {
  /// As many as the kernel follows.
  private static let mostLinks = 40

  /// The path without symbolic links and `..` on the way to its last name; that is looked at only where it is to be
  /// followed. From the first name on that is not there, or that is no directory, it stays as it is.
  ///
  /// - Parameters:
  ///   - path: an absolute one.
  ///   - user: to whom the way must belong.
  ///   - what: what the path is, for the sentence: `The cache directory /tmp/cache`.
  ///   - making: whether directories that are not there are to be made by the caller; else they are an error.
  ///   - cure: what can be done about a way that belongs to others.
  package static func resolve(
    _ path: String, for user: UInt32, followingLast: Bool = false, making: Bool = false, what: String,
    cure: String
  ) throws(Failure) -> String {
    var left = names(of: path)
    var way: [String] = []
    var links = 0
    let trusted = Trusted(user: user, what: what, cure: cure)
    try trusted.check(directory: "/", status(of: "/"))
    while let name = left.popLast() {
      if name == ".." {
        _ = way.popLast()
        continue
      }
      let place = text(of: way + [name])
      guard let status = left.isEmpty && !followingLast ? nil : status(of: place) else {
        guard left.isEmpty || making else { throw .system("\(what) cannot be reached", errno: ENOENT) }
        return text(of: way + [name] + left.reversed())
      }
      switch status.st_mode & S_IFMT {
      case S_IFLNK:
        links += 1
        guard links <= mostLinks else { throw .system(what, errno: ELOOP) }
        try trusted.check(link: place, status)
        guard let target = target(ofLink: place) else { throw .system(what, errno: errno) }
        if target.utf8.first == UInt8(ascii: "/") { way = [] }
        left += names(of: target)
      case S_IFDIR where !left.isEmpty:
        try trusted.check(directory: place, status)
        way.append(name)
      default:
        return text(of: way + [name] + left.reversed())
      }
    }
    return text(of: way)
  }

  /// Who may change the way, and how the others are refused.
  private struct Trusted {
    let user: UInt32
    let what: String
    let cure: String
    private let superuser = TrustedPath.status(of: "/")?.st_uid ?? 0

    init(user: UInt32, what: String, cure: String) {
      self.user = user
      self.what = what
      self.cure = cure
    }

    private func isTrusted(_ owner: UInt32) -> Bool { owner == user || owner == 0 || owner == superuser }

    func check(directory path: String, _ status: stat?) throws(Failure) {
      guard let status else { return }
      guard isTrusted(status.st_uid) else {
        throw Failure(
          .accessDenied, "\(what) lies in \(path), which belongs to another user (\(status.st_uid)).",
          cure: cure)
      }
      guard status.st_mode & S_IWOTH == 0 || status.st_mode & S_ISVTX != 0 else {
        throw Failure(
          .accessDenied, "\(what) lies in \(path), where everybody can put something else in its place.",
          cure: "Run chmod o-w on that directory, or choose another.")
      }
    }

    func check(link path: String, _ status: stat) throws(Failure) {
      guard isTrusted(status.st_uid) else {
        throw Failure(
          .accessDenied,
          "\(what) leads through the symbolic link \(path), which belongs to another user (\(status.st_uid)).",
          cure: cure)
      }
    }
  }

  /// In the order in which they are taken from the end.
  private static func names(of path: String) -> [String] {
    path.utf8.split(separator: UInt8(ascii: "/")).reversed().map { String(decoding: $0, as: UTF8.self) }
      .filter { $0 != "." }
  }

  private static func text(of names: [String]) -> String { "/" + names.joined(separator: "/") }

  private static func status(of path: String) -> stat? {
    var status = stat()
    return unsafe lstat(path, &status) == 0 ? status : nil
  }

  /// The corresponding C function is `readlink`.
  private static func target(ofLink path: String) -> String? {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe buffer.bindMemory(to: CChar.self).baseAddress.map { unsafe readlink(path, $0, buffer.count) }
        ?? -1
    }
    return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
