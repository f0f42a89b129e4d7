import CFuse

/// What answers the kernel's requests.
///
/// Names come as Swift strings: one that is not UTF-8 has been answered with ENOENT before.
protocol RequestHandler: AnyObject, Sendable {
  /// The kernel has begun to talk: looks at what it offers and says what is wanted.
  func start(_ connection: inout fuse_conn_info)
  /// A request was dropped by whoever had to answer it, and has been answered with EIO.
  func forgot(_ operation: Operation, _ inode: UInt64)

  func lookup(_ name: String, in directory: UInt64, _ reply: consuming Reply<EntryAnswer>)
  func forget(_ inode: UInt64, lookups: UInt64)
  func attributes(of inode: UInt64, _ reply: consuming Reply<AttributesAnswer>)
  func checkAccess(to inode: UInt64, mask: Int32, _ reply: consuming Reply<DoneAnswer>)
  func readLink(_ inode: UInt64, _ reply: consuming Reply<TargetAnswer>)
  func statistics(_ reply: consuming Reply<StatisticsAnswer>)

  func open(_ inode: UInt64, flags: Int32, _ reply: consuming Reply<HandleAnswer>)
  func read(
    _ inode: UInt64, handle: UInt64, size: Int, offset: Int64, _ reply: consuming Reply<BytesAnswer>)
  func release(handle: UInt64, _ reply: consuming Reply<DoneAnswer>)

  func openDirectory(_ inode: UInt64, _ reply: consuming Reply<HandleAnswer>)
  func readDirectory(
    _ inode: UInt64, handle: UInt64, size: Int, offset: Int64, layout: DirectoryBlock.Layout,
    _ reply: consuming Reply<DirectoryBlock>)
  func releaseDirectory(handle: UInt64, _ reply: consuming Reply<DoneAnswer>)

  func extendedAttribute(
    _ name: String, of inode: UInt64, room: Int, _ reply: consuming Reply<ExtendedAttributeAnswer>)
  func extendedAttributeNames(
    of inode: UInt64, room: Int, _ reply: consuming Reply<ExtendedAttributeAnswer>)

  func control(_ control: FetchControl, of inode: UInt64, _ reply: consuming Reply<FetchAnswer>)
}
