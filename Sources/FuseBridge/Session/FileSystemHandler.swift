import CFuse
import Glibc
import Primitives

/// Answers the kernel's requests from a file system.
final class FileSystemHandler<Tree: FileSystem>: RequestHandler {
  let fileSystem: Tree
  let configuration: MountConfiguration
  let registry: RequestRegistry
  let buffers: BufferPool
  let inodes: Locked<InodeTable<Tree.Node>>
  let files = Locked(HandleTable<any OpenFile>())
  let listings = Locked(HandleTable<Tree.Listing>())
  private let workers: WorkerPool

  init(_ fileSystem: Tree, _ configuration: MountConfiguration, workers: WorkerPool) throws(Failure) {
    self.fileSystem = fileSystem
    self.configuration = configuration
    self.workers = workers
    buffers = BufferPool(keptBytes: configuration.keptBufferBytes)
    let inodes = Locked(InodeTable(root: fileSystem.root))
    self.inodes = inodes
    let (timeout, onFailure) = (configuration.requestTimeout, configuration.onFailure)
    registry = try RequestRegistry(timeout: timeout) { request in
      let failure = Failure(
        .timedOut, "There was no answer within \(timeout).", cure: "Try again, or raise --read-timeout.")
      let node = inodes.withLock { $0.node(request.inode) }
      onFailure(
        request.operation, request.inode, node.map { failure.about(fileSystem.path(of: $0)) } ?? failure)
    }
  }

  func start(_ connection: inout fuse_conn_info) {
    let wanted = UInt32(
      FUSE_CAP_ASYNC_READ | FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_READDIRPLUS | FUSE_CAP_CACHE_SYMLINKS)
    // What the kernel reads in the background for O_DIRECT nobody can interrupt. Entries bring their attributes wherever
    // they are known, so there is nothing for the kernel to guess. And passing memory through pipes is slower than
    // writing it.
    let unwanted = UInt32(
      FUSE_CAP_ASYNC_DIO | FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE
        | FUSE_CAP_SPLICE_MOVE)
    connection.want = (connection.want | (wanted & connection.capable)) & ~unwanted
    connection.max_readahead = configuration.readAheadBytes
    connection.max_background = UInt32(configuration.maximumBackground)
    connection.congestion_threshold = UInt32(configuration.congestionThreshold)
    configuration.onReady()
  }

  func forgot(_ operation: Operation, _ inode: UInt64) {
    configuration.onFailure(
      operation, inode,
      Failure(
        .local, "The request was left without an answer, which is a fault of this program.",
        cure: "Try again, and report it if it stays."))
  }

  /// No request comes any more: answers those that wait, and closes what is open.
  func finish() {
    registry.close()
    _ = files.withLock { $0.removeAll() }
    _ = listings.withLock { $0.removeAll() }
  }

  /// Works on a request in a task that starts on this thread.
  ///
  /// - Parameter work: answers through the request that it gets, or throws.
  func serve<Content: Answer>(
    _ reply: consuming Reply<Content>,
    _ work: @escaping @Sendable (Tree.Node, TypedRequest<Content>) async throws(Failure) -> Void
  ) {
    let (operation, inode) = (reply.right.operation, reply.right.inode)
    guard let node = node(inode) else {
      reply.fail(ESTALE)
      return
    }
    guard let pending = PendingRequest.begin(reply.right, in: registry) else { return }
    // Bound around the task's start: bound within it, the work would begin with a change of thread. A detached task
    // would not have it; there is nothing else to inherit on libfuse's threads.
    let task = Progress.told(to: pending) {
      Task.immediate(executorPreference: workers) { [configuration] in
        do throws(Failure) {
          try await work(node, TypedRequest(pending: pending))
          pending.dropIfUnanswered()
        } catch {
          let isTold = pending.answer { Reply<Content>($0).fail(error.code.errno) }
          if isTold { configuration.onFailure(operation, inode, error) }
        }
      }
    }
    pending.attach(task)
  }

  func node(_ inode: UInt64) -> Tree.Node? { inodes.withLock { $0.node(inode) } }
}
