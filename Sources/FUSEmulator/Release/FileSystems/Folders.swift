import Glibc

/// Creates a folder whose parent exists, with mode 755 whatever the umask is.
func createFolder(_ path: String) throws(ReleaseFault) {
  guard unsafe mkdir(path, 0o755) == 0, unsafe chmod(path, 0o755) == 0 else {
    throw .failed("\(path) cannot be created: \(errorText(errno)).")
  }
}

/// The names in a folder, without `.` and `..`; nil when it cannot be read.
func namesInFolder(_ path: String) -> [String]? {
  guard let folder = unsafe opendir(path) else { return nil }
  defer { unsafe closedir(folder) }
  var names: [String] = []
  while let entry = unsafe readdir(folder) {
    let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) {
      unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names
}

/// Removes a file or a folder with all in it, as far as the system allows.
func removeTree(_ path: String) {
  if unsafe unlink(path) == 0 { return }
  for name in namesInFolder(path) ?? [] { removeTree("\(path)/\(name)") }
  _ = unsafe rmdir(path)
}
