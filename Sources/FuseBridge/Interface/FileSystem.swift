package import Primitives

/// A read-only tree of files, as the kernel asks for it.
///
/// Every function may be called from any thread and many at once. The asynchronous ones start on the thread that
/// read the request: what is known already should be returned without suspending, which costs no change of thread.
/// Cheaper still is `readAtOnce`, which has neither a task nor a deadline.
/// After a suspension they go on in the session's worker pool. Their task is cancelled when the caller was
/// interrupted or the deadline has passed; the caller has its answer at the same moment, so a late result is only
/// dropped.
///
/// The deadline is one of standing still: it passes when for `MountConfiguration.requestTimeout` the function has not
/// called `Progress.note()`. So a function that may rightly take long calls that from its own task or from child
/// tasks of it whenever something has come: bytes, an entry. One that waits for work of other tasks, whose notes
/// nobody hears, notes what it sees of that work.
package protocol FileSystem: Sendable {
  /// A directory, file or symbolic link of the tree.
  associatedtype Node: Sendable
  /// An open file.
  associatedtype File: Sendable
  /// An open directory.
  associatedtype Listing: Sendable

  /// The directory at the mount point.
  var root: Node { get }

  /// The node's number: the same each time, unique in the tree, never 0. The root's is 1.
  func inode(of node: Node) -> UInt64

  /// Where the node stands below the mount point, for messages about it.
  func path(of node: Node) -> String

  /// The node that has the name in the directory.
  func lookup(_ name: String, in directory: Node) async throws(Failure) -> Lookup<Node>

  func attributes(of node: Node) async throws(Failure) -> Attributes

  func openDirectory(_ node: Node) async throws(Failure) -> Listing

  /// Entries from a position on, the first having position 0; at most `limit` of them.
  ///
  /// Empty means the end. It may wait until more have been found. `.` and `..` are not among them. What it has found is
  /// best returned before it waits or fails: a failure is for the call that would begin with what could not be found,
  /// so that programs get the names before it.
  func entries(
    of listing: Listing, from position: Int, limit: Int
  ) async throws(Failure) -> [Entry<Node>]

  func open(_ node: Node) async throws(Failure) -> OpenedFile<File>

  /// Fills the destination from its start with the file's bytes from `offset` on.
  ///
  /// - Returns: the number of bytes filled, less than asked only at the file's end.
  func read(
    _ file: File, into destination: inout MutableRawSpan, at offset: UInt64
  ) async throws(Failure) -> Int

  /// The same for bytes that need no waiting, but for the local disk: the way of most reads.
  ///
  /// - Returns: nil if it would have to wait; then `read` is asked, and the destination may hold anything.
  func readAtOnce(
    _ file: File, into destination: inout MutableRawSpan, at offset: UInt64
  ) throws(Failure) -> Int?

  /// Comes once for each opened file, after its last read has returned, given up ones included.
  func close(_ file: File)

  /// What a symbolic link points to.
  func target(of link: Node) async throws(Failure) -> String

  /// The names of the node's extended attributes, each with its `user.` prefix.
  func extendedAttributeNames(of node: Node) async throws(Failure) -> [String]

  /// The value of an extended attribute; `Failure.Code.noAttribute` if there is none of that name.
  ///
  /// Only names in the `user.` name space are asked for.
  func extendedAttribute(_ name: String, of node: Node) async throws(Failure) -> [UInt8]

  /// How much of what the node is made of can be read without waiting for the network.
  func fetchState(of node: Node) async throws(Failure) -> FetchState

  /// Fetches what the node is made of, after all that readers want, and returns when it is there.
  func fetch(_ node: Node) async throws(Failure)

  /// What `df` shows.
  func statistics() -> FileSystemStatistics
}
