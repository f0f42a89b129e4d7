import CFuse
import Glibc
import Primitives

/// Why serving ended.
package enum SessionEnding: Sendable, Equatable {
  /// Somebody unmounted the file system, or the peer closed the socket.
  case unmounted
  /// SIGTERM, SIGINT or SIGHUP asked this process to end.
  case signal(Int32)
}

/// libfuse's session: the connection to the kernel, or to a socket, and the handler of what comes from it.
///
/// Ending it unmounts what is mounted and closes the connection. No request of it may be unanswered then.
struct LibrarySession: ~Copyable, @unchecked Sendable {
  private let session: OpaquePointer
  /// libfuse has a pointer to it.
  private let context: ConnectionContext

  /// - Parameter arguments: the program's name, then libfuse's options.
  init(_ handler: any RequestHandler, arguments: [String]) throws(Failure) {
    context = ConnectionContext(handler)
    let userdata = UnsafeMutableRawPointer(context.connection)
    let session = withCStrings(arguments) { strings in
      var list = fuse_args(argc: Int32(arguments.count), argv: strings, allocated: 0)
      defer { fuse_opt_free_args(&list) }
      return withUnsafePointer(to: callbacks) {
        fuse_session_new(&list, $0, MemoryLayout<fuse_lowlevel_ops>.size, userdata)
      }
    }
    guard let session else { throw Failure(.invalid, "libfuse does not accept the mount options.") }
    self.session = session
  }

  deinit {
    fuse_session_unmount(session)
    fuse_session_destroy(session)
  }

  /// The corresponding C function is `fuse_session_mount`; false if it failed, which libfuse says in a message.
  func mount(at path: String) -> Bool {
    fuse_session_mount(session, path) == 0 && fusfs_session_use(session, fuse_session_fd(session)) == 0
  }

  /// Talks to a SOCK_SEQPACKET socket, which it closes at its end, instead of to the kernel.
  func useSocket(_ descriptor: Int32) throws(Failure) {
    let status = fusfs_session_use(session, descriptor)
    if status != 0 { throw .system("The session's socket", errno: -status) }
  }

  /// Serves until the end. With signal handlers, which the process can have but once, this must be the thread that the
  /// kernel chooses for signals: libfuse's other threads do not notice them before the next request.
  func loop(threads: UInt32, handlingSignals: Bool) throws(Failure) -> SessionEnding {
    if handlingSignals, fuse_set_signal_handlers(session) != 0 {
      throw Failure(.local, "The signal handlers could not be set.")
    }
    defer { if handlingSignals { fuse_remove_signal_handlers(session) } }
    let result = fusfs_session_loop(session, max(threads, 1))
    if result < 0 { throw .system("Serving the mount", errno: -result) }
    return result == 0 ? .unmounted : .signal(result)
  }
}
