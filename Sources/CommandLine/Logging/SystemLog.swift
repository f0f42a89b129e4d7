import Glibc
import Primitives

/// The system's log, for a daemon: a datagram a line to `/dev/log`, as syslog(3) sends it.
///
/// A line that the log does not take at once is dropped, so that no reader ever waits for it.
final class SystemLog: Sendable {
  private let path: String
  /// The connected socket, once there is one.
  private let connection = Locked<Int32?>(nil)

  convenience init() { self.init(path: "/dev/log") }

  init(path: String) { self.path = path }

  deinit {
    connection.withLock { if let socket = $0 { close(socket) } }
  }

  var sink: Log.Sink {
    { level, text in
      self.send(LogLine(level, text).inSystemLog(at: .now(in: .local), process: getpid()))
    }
  }

  /// Connects where that is needed; a log that was started anew is connected to again.
  private func send(_ datagram: String) {
    connection.withLock { connection in
      for _ in 0..<2 {
        guard let socket = connection ?? connect() else { return }
        connection = socket
        let bytes = Array(datagram.utf8)
        let count = unsafe Glibc.send(
          socket, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        if count >= 0 || errno == EAGAIN { return }
        close(socket)
        connection = nil
      }
    }
  }

  private func connect() -> Int32? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let isTooLong = unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
      // The last byte stays zero.
      guard path.utf8.count < field.count else { return true }
      unsafe field.copyBytes(from: path.utf8)
      return false
    }
    let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = isTooLong ? -1 : socket(AF_UNIX, type, 0)
    guard descriptor >= 0 else { return nil }
    let status = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard status == 0 else {
      close(descriptor)
      return nil
    }
    return descriptor
  }
}
