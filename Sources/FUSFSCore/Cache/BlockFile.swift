import CLinux
import Glibc
import Primitives

/// The file that holds the blocks' bytes; which block stands where is in the database beside it.
///
/// ```
/// 0            16 MiB       32 MiB
/// ├─ extent 0 ──┼─ extent 1 ─┼─ …      an extent holds the 64 blocks of a group, in order
/// │0│1│ hole │5│
/// ```
/// Each byte is written once, and read where it lies: in SQLite's pages it would be written to the log first and then
/// copied, and a read of 4 KiB would read pages of 64. What a crash, another process or the disk did to the bytes is
/// found by their checksums in the database.
@safe
final class BlockFile: Sendable {
  enum Access {
    case readOnly
    case readWrite
  }

  /// Bytes in an extent.
  static let extentSize = UInt64(GroupPosition.count * BlockGrid.blockSize)
  /// No file system holds that many: an extent beyond is damaged.
  static let extentLimit: UInt64 = 1 << 36

  /// The extent of a row; nil if there can be none of that number.
  static func extent(_ number: Int64) -> UInt64? {
    UInt64(exactly: number).flatMap { $0 < extentLimit ? $0 : nil }
  }

  private let descriptor: Int32

  /// Opens a file that exists, which may not be a symbolic link.
  init(path: String, access: Access) throws(SQLiteError) {
    let mode = access == .readWrite ? O_RDWR : O_RDONLY
    descriptor = unsafe open(path, mode | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("the blocks cannot be opened", errno: errno) }
  }

  deinit { close(descriptor) }

  /// Where a block of an extent begins.
  static func offset(ofBlock key: Int64, in extent: UInt64) -> UInt64 {
    extent * extentSize + UInt64(GroupPosition(blockKey: key).index * BlockGrid.blockSize)
  }

  /// Fills the span with what stands at `offset`; false where the file ends before. Throws when the disk does not say.
  /// The corresponding C function is `pread`.
  func read(into span: inout MutableRawSpan, at offset: UInt64) throws(SQLiteError) -> Bool {
    try unsafe span.withUnsafeMutableBytes { (bytes) throws(SQLiteError) in
      var filled = 0
      while filled < bytes.count {
        guard let place = off_t(exactly: offset + UInt64(filled)), let start = bytes.baseAddress else {
          return false
        }
        let count = unsafe pread(descriptor, start + filled, bytes.count - filled, place)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw .system("the blocks cannot be read", errno: errno) }
        guard count > 0 else { return false }
        filled += count
      }
      return true
    }
  }

  /// The corresponding C function is `pwrite`.
  func write(_ span: RawSpan, at offset: UInt64) throws(SQLiteError) {
    try unsafe span.withUnsafeBytes { (bytes) throws(SQLiteError) in
      var written = 0
      while written < bytes.count {
        guard let place = off_t(exactly: offset + UInt64(written)), let start = bytes.baseAddress else {
          throw .system("the blocks cannot be written", errno: EFBIG)
        }
        let count = unsafe pwrite(descriptor, start + written, bytes.count - written, place)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          throw .system("the blocks cannot be written", errno: count < 0 ? errno : EIO)
        }
        written += count
      }
    }
  }

  /// Gives an extent's space back to the file system, where that can leave holes.
  func release(extent: UInt64) { _ = release(Self.extentSize, at: extent * Self.extentSize) }

  /// Makes a block unreadable for whoever still believes that it stands there.
  func spoil(block key: Int64, in extent: UInt64) throws(SQLiteError) {
    let offset = Self.offset(ofBlock: key, in: extent)
    guard !release(UInt64(BlockGrid.blockSize), at: offset) else { return }
    try UniqueByteBlock(count: BlockGrid.blockSize).frozen().withBytes { (zeros) throws(SQLiteError) in
      try write(zeros, at: offset)
    }
  }

  /// False where that cannot leave holes. The corresponding C function is `fallocate` with `FALLOC_FL_PUNCH_HOLE`.
  private func release(_ count: UInt64, at offset: UInt64) -> Bool {
    guard let place = Int64(exactly: offset), let length = Int64(exactly: count) else { return false }
    return fusfs_punch_hole(descriptor, place, length) == 0
  }
}
