import Glibc

/// What `df` shows. All of it is in use and nothing is free: the tree is read-only.
package struct FileSystemStatistics: Sendable, Equatable {
  /// Bytes of all files.
  package var size: UInt64
  package var files: UInt64

  package init(size: UInt64, files: UInt64) {
    self.size = size
    self.files = files
  }

  private static let blockSize: UInt64 = 4096

  /// The same as the structure that C programs see.
  var status: statvfs {
    var status = statvfs()
    status.f_bsize = numericCast(Self.blockSize)
    status.f_frsize = numericCast(Self.blockSize)
    status.f_blocks = numericCast(size / Self.blockSize + (size % Self.blockSize == 0 ? 0 : 1))
    status.f_files = numericCast(files)
    status.f_namemax = 255
    return status
  }
}
