import Glibc

/// Creates a file and writes to its end.
final class FileSink: ByteSink {
  private let path: String
  private let descriptor: Int32

  /// The file must not exist yet.
  init(creating path: String, mode: UInt32 = 0o644) throws(ReleaseFault) {
    self.path = path
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw .failed("\(path) cannot be created: \(errorText(errno)).") }
    // The mode of a file inside an image must not depend on the caller's umask.
    guard fchmod(descriptor, mode) == 0 else {
      throw .failed("\(path) cannot be given its mode: \(errorText(errno)).")
    }
  }

  deinit { close(descriptor) }

  func write(_ bytes: Span<UInt8>) throws(ReleaseFault) {
    var done = 0
    while done < bytes.count {
      let written = unsafe bytes.extracting(droppingFirst: done).withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if written < 0 {
        if errno == EINTR { continue }
        throw .failed("\(path) cannot be written: \(errorText(errno)).")
      }
      done += written
    }
  }
}

/// The system's text for an error number.
func errorText(_ number: Int32) -> String {
  unsafe String(cString: strerror(number))
}
