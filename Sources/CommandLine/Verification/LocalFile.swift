import FirmwareFormats
import Glibc
import Primitives

/// A file of the system, opened for reading. Its failures call it “it”: whoever tells them names it.
///
/// The corresponding C functions are `open` and `pread`.
final class LocalFile: RandomReadable {
  let size: UInt64
  private let descriptor: Int32

  init(_ path: String) throws(Failure) {
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure.system("It cannot be opened", errno: errno) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, let size = UInt64(exactly: status.st_size) else {
      throw Failure.system("It cannot be looked at", errno: errno)
    }
    self.size = size
    _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
  }

  deinit { close(descriptor) }

  func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure) {
    try checkRange(at: offset, count: destination.byteCount)
    var done = 0
    while done < destination.byteCount {
      var rest = destination._mutatingExtracting(droppingFirst: done)
      let count = unsafe rest.withUnsafeMutableBytes { bytes in
        unsafe pread(descriptor, bytes.baseAddress, bytes.count, off_t(offset) + off_t(done))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw Failure.system(
          "It cannot be read at byte \(offset + UInt64(done))", errno: count < 0 ? errno : EIO)
      }
      done += count
    }
  }
}
