import CFuse
import Glibc

/// Done, with nothing to say. The corresponding C function is `fuse_reply_err` with 0.
struct DoneAnswer: Answer {
  func send(to request: fuse_req_t) -> Int32 { fuse_reply_err(request, 0) }
}

/// A name's node. The corresponding C function is `fuse_reply_entry`.
struct EntryAnswer: Answer {
  let parameters: fuse_entry_param

  init<Node>(_ found: FoundNode<Node>, owner: Owner) {
    parameters = found.entryParameters(owner: owner)
  }

  /// A name that the kernel may remember as absent.
  init(absentFor validity: Validity) {
    var parameters = fuse_entry_param()
    parameters.entry_timeout = validity.timeout
    self.parameters = parameters
  }

  func send(to request: fuse_req_t) -> Int32 {
    withUnsafePointer(to: parameters) { fuse_reply_entry(request, $0) }
  }
}

extension FoundNode {
  /// The same as libfuse's structure. The kernel's number of a node is its inode number.
  func entryParameters(owner: Owner) -> fuse_entry_param {
    fuse_entry_param(
      ino: attributes.inode, generation: 0, attr: attributes.status(owner: owner),
      attr_timeout: attributes.validity.timeout, entry_timeout: nameValidity.timeout)
  }
}

/// The corresponding C function is `fuse_reply_attr`.
struct AttributesAnswer: Answer {
  let attributes: Attributes
  let owner: Owner

  func send(to request: fuse_req_t) -> Int32 {
    withUnsafePointer(to: attributes.status(owner: owner)) {
      fuse_reply_attr(request, $0, attributes.validity.timeout)
    }
  }
}

/// An open file's or directory's handle. The corresponding C function is `fuse_reply_open`.
struct HandleAnswer: Answer {
  let handle: UInt64
  let keepsCache: Bool
  let isDirect: Bool

  func send(to request: fuse_req_t) -> Int32 {
    var information = fuse_file_info()
    information.fh = handle
    information.keep_cache = keepsCache ? 1 : 0
    information.direct_io = isDirect ? 1 : 0
    return fuse_reply_open(request, &information)
  }
}

/// A file's bytes, sent from the buffer they were read into. The corresponding C function is `fuse_reply_buf`.
struct BytesAnswer: Answer {
  let buffer: ReadBuffer
  let count: Int

  func send(to request: fuse_req_t) -> Int32 {
    buffer.withBytes(count) { bytes in
      fuse_reply_buf(request, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    }
  }
}

/// A symbolic link's target. The corresponding C function is `fuse_reply_readlink`.
struct TargetAnswer: Answer {
  let target: String

  func send(to request: fuse_req_t) -> Int32 { target.withCString { fuse_reply_readlink(request, $0) } }
}

/// The corresponding C function is `fuse_reply_statfs`.
struct StatisticsAnswer: Answer {
  let statistics: FileSystemStatistics

  func send(to request: fuse_req_t) -> Int32 {
    withUnsafePointer(to: statistics.status) { fuse_reply_statfs(request, $0) }
  }
}

/// An extended attribute's value, or the list of their names.
///
/// A caller that offers no room asks for the size; one that offers too little gets ERANGE. The corresponding C
/// functions are `fuse_reply_xattr` and `fuse_reply_buf`.
struct ExtendedAttributeAnswer: Answer {
  let value: [UInt8]
  /// Bytes that the caller has room for.
  let room: Int

  func send(to request: fuse_req_t) -> Int32 {
    if room == 0 { return fuse_reply_xattr(request, value.count) }
    if room < value.count { return fuse_reply_err(request, ERANGE) }
    return value.withUnsafeBytes {
      fuse_reply_buf(request, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
  }
}
