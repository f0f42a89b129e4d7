import Glibc

/// What `stat` shows of a node.
package struct Attributes: Sendable, Equatable {
  package enum Kind: Sendable, Equatable, CaseIterable {
    case directory, regularFile, symbolicLink
  }

  package var inode: UInt64
  package var kind: Kind
  /// In bytes.
  package var size: UInt64
  package var modified: Timestamp
  /// The bits of `chmod`; whoever may write is not shown, nor are setuid, setgid and sticky.
  package var permissions: UInt32
  package var linkCount: UInt32
  /// Space taken, in units of 512 bytes whatever the block size.
  package var blocks: UInt64
  /// How long the kernel may answer from its copy of these attributes.
  package var validity: Validity

  /// `permissions`, `blocks` and `linkCount` have the usual values of the kind and size if not given.
  package init(
    inode: UInt64, kind: Kind, size: UInt64, modified: Timestamp, permissions: UInt32? = nil,
    linkCount: UInt32? = nil, blocks: UInt64? = nil, validity: Validity
  ) {
    self.inode = inode
    self.kind = kind
    self.size = size
    self.modified = modified
    self.permissions = permissions ?? (kind == .regularFile ? 0o444 : 0o555)
    self.linkCount = linkCount ?? (kind == .directory ? 2 : 1)
    self.blocks = blocks ?? (size / 512 + (size % 512 == 0 ? 0 : 1))
    self.validity = validity
  }
}

/// A point in time, counted from 1970.
package struct Timestamp: Sendable, Equatable {
  package var seconds: Int64
  /// 0 to 999 999 999.
  package var nanoseconds: UInt32

  package init(seconds: Int64, nanoseconds: UInt32 = 0) {
    self.seconds = seconds
    self.nanoseconds = min(nanoseconds, 999_999_999)
  }
}

/// Whom all files of a mount belong to.
package struct Owner: Sendable, Equatable {
  package var user: UInt32
  package var group: UInt32

  package init(user: UInt32, group: UInt32) {
    self.user = user
    self.group = group
  }

  /// Who runs this process.
  package static var current: Owner { Owner(user: geteuid(), group: getegid()) }
}

extension Attributes.Kind {
  /// The file type bits of `st_mode`.
  var mode: mode_t {
    switch self {
    case .directory: S_IFDIR
    case .regularFile: S_IFREG
    case .symbolicLink: S_IFLNK
    }
  }
}

extension Attributes {
  private static let readAndExecute: UInt32 = 0o555
  /// `cp` and `cat` read in pieces of this size.
  private static let preferredReadSize = 128 << 10

  /// The same as the structure that C programs see.
  func status(owner: Owner) -> stat {
    var status = stat()
    status.st_ino = numericCast(inode)
    status.st_mode = kind.mode | (permissions & Self.readAndExecute)
    status.st_nlink = numericCast(linkCount)
    status.st_uid = owner.user
    status.st_gid = owner.group
    status.st_size = off_t(clamping: size)
    status.st_blocks = blkcnt_t(clamping: blocks)
    status.st_blksize = numericCast(Self.preferredReadSize)
    status.st_mtim = timespec(tv_sec: time_t(modified.seconds), tv_nsec: Int(modified.nanoseconds))
    status.st_ctim = status.st_mtim
    status.st_atim = status.st_mtim
    return status
  }
}
