package import Glibc

/// All bytes of a file.
package func readFile(_ path: String) throws(TestFailure) -> [UInt8] {
  let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw TestFailure(description: "\(path) cannot be opened: errno \(errno)") }
  defer { close(file) }
  var bytes: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 1 << 18)
  while true {
    let count = unsafe read(file, &piece, piece.count)
    guard count >= 0 else { throw TestFailure(description: "\(path) cannot be read: errno \(errno)") }
    if count == 0 { return bytes }
    bytes += piece[..<count]
  }
}

/// Makes a file, or replaces what it holds; it has exactly these permissions afterwards.
package func writeFile(
  _ path: String, _ bytes: [UInt8], permissions: mode_t = 0o600
) throws(TestFailure) {
  let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
  guard file >= 0 else { throw TestFailure(description: "\(path) cannot be made: errno \(errno)") }
  defer { close(file) }
  var written = 0
  while written < bytes.count {
    let count = unsafe bytes.withUnsafeBytes { bytes in
      unsafe write(file, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
    }
    guard count > 0 else { throw TestFailure(description: "\(path) cannot be written: errno \(errno)") }
    written += count
  }
  guard fchmod(file, permissions) == 0 else {
    throw TestFailure(description: "\(path) does not take its permissions: errno \(errno)")
  }
}

/// The names in a directory, in no order; none where there is no directory.
package func fileNames(in directory: String) -> [String] {
  guard let stream = unsafe opendir(directory) else { return [] }
  defer { unsafe closedir(stream) }
  var names: [String] = []
  while let entry = unsafe readdir(stream) {
    let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names
}

/// Removes a file, or a directory with all in it; what is mounted there is spared.
package func removeAll(_ path: String) {
  _ = try? ChildProcess(["rm", "-rf", "--one-file-system", "--", path]).finish(within: .seconds(60))
}
