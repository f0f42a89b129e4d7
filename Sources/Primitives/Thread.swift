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
      nameThisThread(start.name)
      start.body()
      return nil
    }, start)
  precondition(status == 0, "pthread_create failed with \(status)")
  pthread_detach(thread)
}

/// Glibc's `pthread_setname_np` is a GNU extension that Swift does not import; the kernel's file does the same.
private func nameThisThread(_ name: String) {
  let descriptor = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return }
  let name = Array(name.utf8.prefix(15))
  _ = unsafe write(descriptor, name, name.count)
  close(descriptor)
}
