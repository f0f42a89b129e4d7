import CLinux
import Glibc

/// Starts a detached thread; the name is cut to the 15 bytes that the kernel keeps.
package func startThread(name: String, _ body: @escaping @Sendable () -> Void) {
  final class Start {
    let name: String
    let body: @Sendable () -> Void
    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
  var thread = pthread_t()
  let start = unsafe Unmanaged.passRetained(Start(name, body)).toOpaque()
  let status = unsafe pthread_create(
    &thread, nil,
    { argument in
      let start = unsafe Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
      unsafe fusfs_name_thread(start.name)
      start.body()
      return nil
    }, start)
  precondition(status == 0, "pthread_create failed with \(status)")
  pthread_detach(thread)
}
