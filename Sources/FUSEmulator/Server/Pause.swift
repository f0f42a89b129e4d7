import Glibc

/// Waiting that ends early when the server stops or the client goes.
@safe
final class Pause: Sendable {
  /// POLLRDHUP, which the Glibc module leaves out.
  private static let clientClosed: Int16 = 0x2000

  /// A pipe that becomes readable when the server stops.
  private let stopped: Int32
  private let stopping: Int32

  init() throws(EmulatorFailure) {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { throw EmulatorFailure("there is no file descriptor left") }
    stopped = ends[0]
    stopping = ends[1]
  }

  deinit {
    close(stopped)
    close(stopping)
  }

  /// Ends all waiting, now and later.
  func stop() {
    _ = unsafe write(stopping, [1], 1)
  }

  /// Waits for a time, or endlessly where none is given; false when the server stops or the client goes before.
  func wait(_ time: Duration?, client socket: Int32) -> Bool {
    var watched = [
      pollfd(fd: stopped, events: Int16(POLLIN), revents: 0),
      pollfd(fd: socket, events: Self.clientClosed, revents: 0),
    ]
    let deadline = time.map { ContinuousClock.now + $0 }
    while true {
      let left = deadline.map {
        Int32(clamping: Int((max(.zero, $0 - .now) / .milliseconds(1)).rounded(.up)))
      }
      let ready = unsafe poll(&watched, nfds_t(watched.count), left ?? -1)
      if ready == 0 { return true }
      guard ready < 0 && errno == EINTR else { return false }
    }
  }
}
