package import Primitives

/// How a file system is mounted and served.
package struct MountConfiguration: Sendable {
  /// The directory to mount on. A relative path is resolved when mounting.
  package var mountpoint: String
  /// Options for libfuse's `-o` beside those that every mount has, one an element, commas within it escaped:
  /// `allow_other`, `fsname=…`.
  package var options: [String] = ["fsname=fusfs", "subtype=fusfs"]
  /// Whom all files belong to.
  var owner = Owner.current

  /// Read-ahead and direct reads that the kernel sends at most at once. It holds back the others, those too that would be
  /// answered at once: thousands may wait for a server without that.
  package var maximumBackground: UInt16 = 4096
  /// With that many of them the kernel calls the mount congested and reads ahead less.
  package var congestionThreshold: UInt16 = 3072
  /// Bytes that the kernel may read ahead. It grants at most what it offers, see `FuseSession.raiseReadAhead(kib:)`.
  package var readAheadBytes: UInt32 = 1 << 20
  /// Threads that read requests from the kernel, and answer those that need no waiting.
  var threads: UInt32 = 8
  /// Idle read buffers that are kept, in bytes.
  package var keptBufferBytes = 16 << 20

  /// When that long nothing has come for a request (see `FileSystem`), it is answered with ETIMEDOUT.
  package var requestTimeout: Duration = .seconds(60)

  /// Called once, when the kernel has begun to talk: the mount works.
  package var onReady: @Sendable () -> Void = {}
  /// Called for every failure after a program was told: with the file system's own, and with passed deadlines. Others wait
  /// for the thread that calls it, so it must not block.
  package var onFailure: @Sendable (Operation, _ inode: UInt64, Failure) -> Void = { _, _, _ in }
  /// What libfuse says of itself, a line at a time.
  package var onMessage: @Sendable (String) -> Void = { _ in }

  package init(mountpoint: String) { self.mountpoint = mountpoint }
}

extension MountConfiguration {
  /// The arguments of `fuse_session_new`, the program's name first. The kernel is to check permission bits, and to let
  /// neither a program's owner nor a device number mean anything.
  var arguments: [String] {
    ["fusfs"]
      + (["ro", "nosuid", "nodev", "noatime", "default_permissions"] + options).flatMap { ["-o", $0] }
  }
}
