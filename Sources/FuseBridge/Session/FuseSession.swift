import CFuse
import Glibc
package import Primitives

/// A mounted file system.
///
/// ```
/// let session = try FuseSession.mount(tree, configuration, workers: pool)
/// let ending = try session.run()        // on the thread that takes signals; serves until unmounted or told to end
/// ```
/// When `run` has returned nothing is mounted any more, all requests are answered and all files closed.
package final class FuseSession<Tree: FileSystem>: Sendable {
  /// The directory mounted on, as an absolute path; nil of a session with a socket.
  package let mountpoint: String?
  /// The mount's device number.
  private let device: String?

  private let handler: FileSystemHandler<Tree>
  /// Taken by `run`.
  private let library: Locked<LibrarySession?>
  private let threads: UInt32

  /// Mounts the file system. Nothing is answered before `run`, so this process must not look at the mount yet.
  ///
  /// - Parameter workers: where requests go on that had to wait; they may block there.
  package static func mount(
    _ fileSystem: Tree, _ configuration: MountConfiguration, workers: WorkerPool
  ) throws(Failure) -> FuseSession {
    let path = try Mountpoint.check(configuration.mountpoint)
    let handler = try FileSystemHandler(fileSystem, configuration, workers: workers)
    do throws(Failure) {
      let library = try Mountpoint.mount(
        handler, at: path, arguments: configuration.arguments, onMessage: configuration.onMessage)
      return FuseSession(
        handler, library, mountpoint: path, device: try? MountTable.current().mount(at: path)?.device)
    } catch {
      handler.finish()
      throw error
    }
  }

  /// Serves a peer that speaks the kernel's protocol over a SOCK_SEQPACKET socket, which is closed at the end.
  package static func serve(
    _ fileSystem: Tree, _ configuration: MountConfiguration, socket: Int32, workers: WorkerPool
  ) throws(Failure) -> FuseSession {
    LibraryMessages.send(to: configuration.onMessage)
    let handler = try FileSystemHandler(fileSystem, configuration, workers: workers)
    let library = try LibrarySession(handler, arguments: ["fusfs"])
    try library.useSocket(socket)
    return FuseSession(handler, library, mountpoint: nil, device: nil)
  }

  private init(
    _ handler: FileSystemHandler<Tree>, _ library: consuming LibrarySession, mountpoint: String?,
    device: String?
  ) {
    self.handler = handler
    self.mountpoint = mountpoint
    self.device = device
    self.library = Locked(library)
    threads = handler.configuration.threads
  }

  /// Serves until the file system is unmounted or a signal asks for the end; to be called once.
  ///
  /// - Parameter handlingSignals: SIGTERM, SIGINT and SIGHUP end it, SIGPIPE is ignored. Then the caller must be the
  ///   main thread. Handlers that the program has set itself stay.
  package func run(handlingSignals: Bool = true) throws(Failure) -> SessionEnding {
    guard let library = library.withLock({ $0.take() }) else {
      throw Failure(.invalid, "This session has been run already.")
    }
    do throws(Failure) {
      let ending = try library.loop(threads: threads, handlingSignals: handlingSignals)
      // After an unmount the device number may be another mount's already.
      let others = ending == .unmounted ? [] : otherPlaces
      finish(library)
      for place in others { try? unmountFileSystem(at: place, lazy: true) }
      return ending
    } catch {
      finish(library)
      throw error
    }
  }

  /// Where the mount is seen beside the place at which libfuse has mounted it and unmounts it: a directory above may have
  /// got another name.
  private var otherPlaces: [String] {
    guard let device, let table = try? MountTable.current() else { return [] }
    return table.paths(ofDevice: device).filter { $0 != mountpoint }
  }

  /// Answers whoever still waits, and only then unmounts and frees what libfuse has.
  private func finish(_ library: consuming LibrarySession) {
    handler.finish()
    _ = consume library
  }

  /// Unmounts, which makes `run` return.
  ///
  /// - Parameter lazy: also while files of it are open: it disappears at once and ends with the last of them.
  package func unmount(lazy: Bool = false) throws(Failure) {
    guard let mountpoint else { throw Failure(.invalid, "This session has no mount.") }
    try unmountFileSystem(at: mountpoint, lazy: lazy)
  }

  /// Lets the kernel read ahead that far: its own limit of 128 KiB halves what a sequential reader gets.
  ///
  /// Only root may; to be called once the session runs.
  package func raiseReadAhead(kib: Int) throws(Failure) {
    guard let mountpoint else { throw Failure(.invalid, "This session has no mount.") }
    try ReadAhead.raise(toKiB: kib, at: mountpoint)
  }
}
