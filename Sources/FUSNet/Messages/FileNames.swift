import Primitives

/// Checks of names that a server chose, before they become files, paths or URLs.
enum FileNames {
  /// The name, if it can be that of one file: at most 255 bytes, no slash, no control character, not `.` or `..`.
  static func checked(
    _ name: String, of what: String, file: StaticString = #fileID, line: UInt = #line
  ) throws(Failure) -> String {
    guard !name.isEmpty, name.utf8.count <= 255, name != ".", name != "..",
      !name.utf8.contains(UInt8(ascii: "/")),
      !name.steersText
    else {
      throw Failure(
        .network, "The server's reply has a name for \(what) that cannot be a file's.", file: file, line: line
      )
    }
    return name
  }

  /// The directory, if it is plain segments with a slash before, between and after them.
  static func checkedDirectory(_ path: String) throws(Failure) -> String {
    let segments = path.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain =
      path.utf8.count <= 1024 && segments.count >= 2 && segments.first == "" && segments.last == ""
      && segments.dropFirst().dropLast().allSatisfy { segment in
        !segment.isEmpty && segment != "." && segment != ".."
          && segment.utf8.allSatisfy { $0.isAlphanumeric || "._-".utf8.contains($0) }
      }
    guard isPlain else {
      throw Failure(
        .network, "The server's reply has a directory that is not plain: the file cannot be asked for.")
    }
    return path
  }
}
