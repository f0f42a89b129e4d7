/// A path made absolute, so that it still means the same when the daemon's working directory is `/`.
///
/// Symbolic links and `..` are left to the kernel, which alone knows where they lead.
struct PathName: Sendable, Equatable, CustomStringConvertible {
  let text: String

  var description: String { text }

  /// Resolves `~` and `~/…` against `home`, and a relative path against `directory`, which is absolute.
  ///
  /// Nil for an empty path, one with control characters, and `~` without a home.
  init?(_ path: String, in directory: String, home: String?) {
    let bytes = Array(path.utf8)
    guard !bytes.isEmpty, !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
    let slash = UInt8(ascii: "/")
    let whole: [UInt8]
    if bytes[0] == slash {
      whole = bytes
    } else if bytes[0] == UInt8(ascii: "~"), bytes.count == 1 || bytes[1] == slash {
      guard let home else { return nil }
      whole = Array(home.utf8) + bytes.dropFirst()
    } else {
      whole = Array(directory.utf8) + [slash] + bytes
    }
    let components = whole.split(separator: slash).filter { !$0.elementsEqual(".".utf8) }
    text = "/" + String(decoding: Array(components.joined(separator: [slash])), as: UTF8.self)
  }

  /// The directory that this path lies in.
  var parent: PathName {
    let components = text.utf8.split(separator: UInt8(ascii: "/")).dropLast()
    return PathName(
      absolute: "/" + components.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/"))
  }

  private init(absolute text: String) { self.text = text }
}
